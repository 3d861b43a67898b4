#include "trainer/open_dataset.h"

#include <cstdio>

#include "data/image.h"
#include "data/open.h"
#include "hypergan/status_macros.h"

namespace hypergan::trainer {

absl::StatusOr<data::Dataset> OpenDataset(
    const std::string& spec, data::Split split,
    absl::Span<const int64_t> input_shape) {
  HG_ASSIGN_OR_RETURN(
      data::Dataset dataset,
      data::Open(spec, split, {}, data::ImageChannels(input_shape)));
  for (const std::string& note : dataset.notes) {
    std::fprintf(stderr, "note: %s\n", note.c_str());
  }
  return dataset;
}

}  // namespace hypergan::trainer
