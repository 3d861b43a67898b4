#include "data/content_digest.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"

namespace hypergan::data {
namespace {

template <typename Number>
std::string DigestOf(const std::vector<Number>& numbers) {
  return Sha256(absl::string_view(reinterpret_cast<const char*>(numbers.data()),
                                  numbers.size() * sizeof(Number)));
}

}  // namespace

// Of the parts' digests, which have one length, so that no number can pass from
// one part to the next.
std::string ContentDigest(const Dataset& dataset) {
  return Sha256(absl::StrCat(
      DigestOf(dataset.pixels), DigestOf(dataset.values),
      DigestOf(dataset.labels), DigestOf(dataset.targets), " ",
      dataset.target_size, " ", absl::StrJoin(dataset.row_shape, ",")));
}

}  // namespace hypergan::data
