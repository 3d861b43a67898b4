#include "base/json_integer.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(JsonIntegerTest, IsANumberAsLongAsAFloat64KeepsIt) {
  EXPECT_EQ(JsonInteger(uint64_t{0}).dump(), "0");
  EXPECT_EQ(JsonInteger(int64_t{-7}).dump(), "-7");
  EXPECT_EQ(JsonInteger((uint64_t{1} << 53) - 1).dump(), "9007199254740991");
}

TEST(JsonIntegerTest, IsTextBeyond) {
  // 2^53 + 1 reads as 2^53.
  EXPECT_EQ(JsonInteger(uint64_t{1} << 53).dump(), "\"9007199254740992\"");
  EXPECT_EQ(JsonInteger(std::numeric_limits<uint64_t>::max()).dump(),
            "\"18446744073709551615\"");
  EXPECT_EQ(JsonInteger(std::numeric_limits<int64_t>::min()).dump(),
            "\"-9223372036854775808\"");
}

}  // namespace
}  // namespace hypergan
