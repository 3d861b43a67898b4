#include "hypergan/checkpoint/storage_bounds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan {
namespace {

constexpr int64_t kMaxNumbers = int64_t{1} << 40;  // of a tensor

}  // namespace

int64_t ElementBytes(absl::string_view storage) {
  static constexpr std::pair<const char*, int64_t> kTypes[] = {
      {"Float", 4},
      {"Double", 8},
      {"Half", 2},
      {"BFloat16", 2},
      {"Long", 8},
      {"Int", 4},
      {"Short", 2},
      {"Char", 1},
      {"Byte", 1},
      {"Bool", 1},
      {"ComplexHalf", 4},
      {"ComplexFloat", 8},
      {"ComplexDouble", 16},
      {"QInt8", 1},
      {"QUInt8", 1},
      {"QInt32", 4},
      {"Float8_e5m2", 1},
      {"Float8_e4m3fn", 1},
      {"Float8_e5m2fnuz", 1},
      {"Float8_e4m3fnuz", 1}};
  for (const auto& [name, bytes] : kTypes) {
    if (storage == absl::StrCat("torch ", name, "Storage")) return bytes;
  }
  return 0;
}

absl::Status CheckReach(int64_t offset, const std::vector<int64_t>& sizes,
                        const std::vector<int64_t>& strides, int64_t count) {
  if (sizes.size() != strides.size()) {
    return absl::InvalidArgumentError(absl::StrCat("a tensor has ",
                                                   sizes.size(), " sizes and ",
                                                   strides.size(), " strides"));
  }
  int64_t numbers = 1;
  int64_t last = offset;
  bool too_large = offset < 0 || offset > count;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t step = 0;
    too_large |= __builtin_mul_overflow(numbers, sizes[i], &numbers) ||
                 numbers > kMaxNumbers ||
                 __builtin_mul_overflow(std::max<int64_t>(sizes[i], 1) - 1,
                                        strides[i], &step) ||
                 __builtin_add_overflow(last, step, &last);
  }
  if (too_large || (numbers > 0 && last >= count)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a tensor reaches beyond its storage of ", count, " numbers"));
  }
  return absl::OkStatus();
}

}  // namespace hypergan
