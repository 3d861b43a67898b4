#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;

TEST(DatasetTest, ScalesPixelsToUnitRange) {
  Dataset dataset;
  dataset.row_shape = {1, 1, 2};
  dataset.rows = 2;
  dataset.pixels = {1, 2, 0, 255};
  EXPECT_EQ(dataset.RowSize(), 2);
  EXPECT_THAT(dataset.Row(0), ElementsAre(1 / 255.0f, 2 / 255.0f));
  EXPECT_THAT(dataset.Row(1), ElementsAre(0, 1));
}

TEST(DatasetTest, SelectsRowsWithAllThatBelongsToThem) {
  Dataset dataset;
  dataset.row_shape = {2};
  dataset.rows = 3;
  dataset.values = {1, 2, 3, 4, 5, 6};
  dataset.targets = {10, 20, 30};
  dataset.target_size = 1;
  dataset.column_names = {"a", "b", "y"};
  const Dataset some = dataset.Select({2, 0});
  EXPECT_EQ(some.rows, 2);
  EXPECT_THAT(some.values, ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(some.targets, ElementsAre(30, 10));
  EXPECT_TRUE(some.labels.empty());
  EXPECT_EQ(some.column_names, dataset.column_names);
}

TEST(DatasetTest, LeavesValuesAsTheyAre) {
  Dataset dataset;
  dataset.row_shape = {2};
  dataset.rows = 2;
  dataset.values = {-1, 300, 5, 6};
  EXPECT_THAT(dataset.Row(0), ElementsAre(-1, 300));
  EXPECT_THAT(dataset.Row(1), ElementsAre(5, 6));
}

}  // namespace
}  // namespace hypergan::data
