#include "hypergan/quoted.h"

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(QuotedTest, EscapesWhatCouldForgeALogLine) {
  EXPECT_EQ(Quoted("plain"), "'plain'");
  EXPECT_EQ(Quoted("a\n2026 \x1b[0m'\xff"), R"('a\n2026 \x1b[0m\'\xff')");
}

TEST(QuotedTest, CutsLongText) {
  EXPECT_EQ(Quoted("abcdef", 6), "'abcdef'");
  EXPECT_EQ(Quoted("abcdefg", 6), "'abcdef...'");
}

}  // namespace
}  // namespace hypergan
