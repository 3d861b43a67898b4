#include "base/short_list.h"

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(ShortListTest, CountsWhatIsBeyondTheMost) {
  EXPECT_EQ(ShortList({"a", "b"}, 2), "a; b");
  EXPECT_EQ(ShortList({"a", "b", "c", "d"}, 2), "a; b; and 2 more");
}

TEST(ShortListTest, OfNothingIsEmpty) { EXPECT_EQ(ShortList({}, 2), ""); }

}  // namespace
}  // namespace hypergan
