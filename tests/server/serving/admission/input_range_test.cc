#include "server/serving/admission/input_range.h"

#include <vector>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

Manifest Images() {
  Manifest manifest;
  manifest.input_shape = {2, 1, 2};  // two channels of two pixels
  manifest.input_range = {{0, -1}, {1, 1}};
  return manifest;
}

TEST(InputRangeTest, FindsTheRowsAndTheFirstNumber) {
  const std::vector<float> values = {0,    1, -1, 1,     // within
                                     2,    0, 0,  0,     // at the very edge
                                     0,    0, 0,  3.5f,  // channel 1
                                     -255, 0, 0,  0};    // channel 0
  const FarRows far = FindFarRows(values, 4, Images());
  EXPECT_EQ(far.count, 2);
  EXPECT_EQ(far.first_row, 2);
  EXPECT_EQ(far.column, 1);
  EXPECT_EQ(far.value, 3.5f);
  EXPECT_EQ(FarRowsText(far, 4, Images()),
            "2 of 4 rows are far outside the range of the training rows; row 2 "
            "has 3.5 where those have -1 to 1 (channel 1)");
}

TEST(InputRangeTest, FindsNoneInOrdinaryRows) {
  const std::vector<float> values = {0.5f, 1, 0, 0, -0.9f, 1.9f, -2, 2};
  EXPECT_EQ(FindFarRows(values, 2, Images()).count, 0);
}

TEST(InputRangeTest, FindsNoneWithoutARange) {
  Manifest manifest;
  manifest.input_shape = {2};
  EXPECT_EQ(FindFarRows(std::vector<float>{1e30f, -1e30f}, 1, manifest).count,
            0);
}

// Another value of such a column says nothing by its size.
TEST(InputRangeTest, PassesOverConstantColumns) {
  Manifest manifest;
  manifest.input_shape = {2};
  manifest.input_range = {{3, 0}, {3, 1}};
  EXPECT_EQ(FindFarRows(std::vector<float>{9, 0.5f}, 1, manifest).count, 0);
  const FarRows far = FindFarRows(std::vector<float>{9, 9}, 1, manifest);
  EXPECT_EQ(far.count, 1);
  EXPECT_EQ(FarRowsText(far, 1, manifest),
            "1 of 1 rows are far outside the range of the training rows; row 0 "
            "has 9 where those have 0 to 1 (column 1)");
}

}  // namespace
}  // namespace hypergan::server
