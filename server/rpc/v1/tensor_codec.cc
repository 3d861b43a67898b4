#include "server/rpc/v1/tensor_codec.h"

#include <bit>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);

// Byte by byte, so that the order is little-endian on any machine; compilers
// make one load or store of it.
float LoadFloat(const char* bytes) {
  uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    bits |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return std::bit_cast<float>(bits);
}

void StoreFloat(float value, char* bytes) {
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
}

absl::Status WrongLength(const char* what, int64_t expected, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": expected ", expected,
                                                 " for this shape, got ", got));
}

}  // namespace

absl::StatusOr<std::vector<float>> DecodeTensor(const v1::Tensor& tensor,
                                                int64_t count) {
  const std::string& raw = tensor.raw();
  if (raw.empty() == tensor.values().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("inputs: expected either raw or values, got ",
                     raw.empty() ? "neither" : "both"));
  }
  if (raw.empty()) {
    if (tensor.values_size() != count) {
      return WrongLength("numbers in inputs.values", count,
                         tensor.values_size());
    }
    return std::vector<float>(tensor.values().begin(), tensor.values().end());
  }
  if (raw.size() / 4 != static_cast<size_t>(count) || raw.size() % 4 != 0) {
    return WrongLength("bytes in inputs.raw", 4 * count, raw.size());
  }
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) values[i] = LoadFloat(&raw[4 * i]);
  return values;
}

void EncodeTensor(std::initializer_list<int64_t> shape,
                  absl::Span<const float> values, v1::Tensor* tensor) {
  tensor->mutable_shape()->Assign(shape.begin(), shape.end());
  std::string& raw = *tensor->mutable_raw();
  raw.resize(4 * values.size());
  for (size_t i = 0; i < values.size(); ++i) StoreFloat(values[i], &raw[4 * i]);
}

}  // namespace hypergan::server
