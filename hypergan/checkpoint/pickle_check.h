#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// What an archive has of records with tensors' numbers.
struct PickleRecords {
  // The bytes of the record that a storage names; nothing if there is none.
  std::function<std::optional<int64_t>(absl::string_view key)> size;
  // What may be read from records in all; what is read is taken from it.
  int64_t budget = 0;
};

// Follows a pickle of a TorchScript archive without making anything of it.
// LibTorch's own reader believes what it reads, so that numbers which do not
// fit end the process. Refused are
//   - operations that LibTorch does not have, or that lack their operands;
//   - a storage that is larger than its record, and a tensor that reaches
//     beyond its storage;
//   - sparse tensors and those quantized by channel, whose parts would have to
//     fit each other as well;
//   - nesting, values and memory beyond any need (256 levels, 2^20 values at
//     once, 2^24 in all).
// INVALID_ARGUMENT, with the reason and where, for all of these.
absl::Status CheckPickle(absl::string_view pickle, PickleRecords& records);

}  // namespace hypergan
