#include "data/arrays/array_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "data/limits.h"
#include "tests/data/npy_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

int64_t Product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<>());
}

// 0, 1, 2, ...
Array Bytes(const std::vector<int64_t>& shape) {
  Array array{shape, "uint8", std::vector<uint8_t>(Product(shape)), {}};
  std::iota(array.bytes.begin(), array.bytes.end(), uint8_t{0});
  return array;
}

Array Numbers(const std::vector<int64_t>& shape, std::string type = "float32") {
  Array array{shape, std::move(type), {}, std::vector<double>(Product(shape))};
  std::iota(array.values.begin(), array.values.end(), 0.0);
  return array;
}

TEST(ArrayDatasetTest, ReadsRowsOfNumbers) {
  const auto table = RowsOf("x", Numbers({2, 3}));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rows, 2);
  EXPECT_THAT(table->row_shape, ElementsAre(3));
  EXPECT_THAT(table->values, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(table->notes,
              ElementsAre("x: float32 [2, 3] is read as 2 rows of 3 numbers"));
  const auto bytes = RowsOf("x", Bytes({1, 2}));
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_THAT(bytes->values, ElementsAre(0, 1));
  EXPECT_THAT(bytes->pixels, IsEmpty());
  const auto single = RowsOf("x", Numbers({2}));
  ASSERT_TRUE(single.ok()) << single.status();
  EXPECT_THAT(single->row_shape, ElementsAre(1));
}

TEST(ArrayDatasetTest, ReadsGreyPictures) {
  const auto dataset = RowsOf("x", Bytes({2, 1, 3}));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(1, 1, 3));
  EXPECT_THAT(dataset->pixels, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(dataset->notes,
              ElementsAre("x: uint8 [2, 1, 3] is read as 2 grey pictures of 3 "
                          "x 1 pixels (width x height)"));
}

TEST(ArrayDatasetTest, ReadsChannelsFirstAndLast) {
  const auto last = RowsOf("x", Bytes({2, 2, 1, 3}));
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_THAT(last->row_shape, ElementsAre(3, 2, 1));
  EXPECT_THAT(last->pixels, ElementsAre(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11));
  EXPECT_THAT(last->notes, ElementsAre(EndsWith("channels last")));
  const auto first = RowsOf("x", Bytes({1, 3, 2, 2}));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->row_shape, ElementsAre(3, 2, 2));
  EXPECT_THAT(first->pixels, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_THAT(first->notes, ElementsAre(EndsWith("channels first")));
  const auto grey = RowsOf("x", Bytes({1, 2, 2, 1}));
  ASSERT_TRUE(grey.ok()) << grey.status();
  EXPECT_THAT(grey->row_shape, ElementsAre(1, 2, 2));
}

TEST(ArrayDatasetTest, RefusesPicturesThatMayBeEither) {
  EXPECT_THAT(RowsOf("x", Bytes({2, 3, 5, 3})),
              FailsWith(kInvalid, "[2, 3, 5, 3], which may be either"));
  EXPECT_THAT(RowsOf("x", Bytes({2, 1, 5, 1})),
              FailsWith(kInvalid, "save grey pictures as [R, H, W]"));
  EXPECT_THAT(RowsOf("x", Bytes({2, 2, 5, 4})),
              FailsWith(kInvalid, "of 1 or 3 channels, got [2, 2, 5, 4]"));
  EXPECT_THAT(RowsOf("x", Bytes({1, 1, 1, 1, 1})),
              FailsWith(kInvalid, "expected rows [R, F], or pictures"));
}

TEST(ArrayDatasetTest, KeepsPicturesOfFloatsAsTheyAre) {
  const auto dataset = RowsOf("x", Numbers({1, 2, 2, 3}));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(3, 2, 2));
  EXPECT_THAT(dataset->values,
              ElementsAre(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11));
  EXPECT_THAT(dataset->notes, ElementsAre(EndsWith("numbers as they are")));
  EXPECT_THAT(RowsOf("x", Numbers({1, 2, 2}, "int64")),
              FailsWith(kInvalid, "got int64: save x.astype('uint8')"));
}

TEST(ArrayDatasetTest, NamesTheRowOfWhatIsNoNumber) {
  for (const double wrong : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e39}) {
    Array array = Numbers({3, 2});
    array.values[3] = wrong;
    EXPECT_THAT(RowsOf("x", array),
                FailsWith(kInvalid,
                          "x: row 1 (counted from 0): expected "
                          "finite numbers"));
  }
}

TEST(ArrayDatasetTest, BoundsSides) {
  EXPECT_TRUE(RowsOf("x", Bytes({1, 1, kMaxImageSide})).ok());
  EXPECT_THAT(RowsOf("x", Bytes({1, 1, kMaxImageSide + 1})),
              FailsWith(kInvalid, "at most 4096 x 4096 pixels"));
}

TEST(ArrayDatasetTest, BoundsRows) {
  Array array;
  array.type = "uint8";
  array.shape = {kMaxRows + 1, 1};
  EXPECT_THAT(RowsOf("x", array), FailsWith(kInvalid, "at most 67108864 rows"));
}

TEST(ArrayDatasetTest, TakesIntegersAsLabels) {
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{3}, std::vector<int64_t>{3, 1}}) {
    for (const Array& truth : {Numbers(shape, "int64"), Bytes(shape)}) {
      auto dataset = RowsOf("x", Numbers({3, 2}));
      ASSERT_TRUE(TakeTruth("y", truth, &*dataset).ok());
      EXPECT_THAT(dataset->labels, ElementsAre(0, 1, 2));
      EXPECT_THAT(dataset->class_names, ElementsAre("0", "1", "2"));
      EXPECT_EQ(dataset->target_size, 0);
    }
  }
}

TEST(ArrayDatasetTest, TakesFloatsAsTargets) {
  auto dataset = RowsOf("x", Numbers({3, 2}));
  ASSERT_TRUE(TakeTruth("y", Numbers({3, 2}), &*dataset).ok());
  EXPECT_THAT(dataset->targets, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(dataset->target_size, 2);
  auto single = RowsOf("x", Numbers({3, 2}));
  ASSERT_TRUE(TakeTruth("y", Numbers({3}), &*single).ok());
  EXPECT_EQ(single->target_size, 1);
}

TEST(ArrayDatasetTest, RefusesTruthThatDoesNotFit) {
  auto dataset = RowsOf("x", Numbers({3, 2}));
  EXPECT_THAT(TakeTruth("y", Numbers({4}), &*dataset),
              FailsWith(kInvalid, "y: expected 3 rows, as many as there are"));
  EXPECT_THAT(TakeTruth("y", Numbers({3, 2}, "int64"), &*dataset),
              FailsWith(kInvalid, "got int64 [3, 2]"));
  EXPECT_THAT(TakeTruth("y", Numbers({3, 1, 1}), &*dataset),
              FailsWith(kInvalid, "got float32 [3, 1, 1]"));
  for (const double label : {-1.0, 65536.0}) {
    Array labels = Numbers({3}, "int64");
    labels.values[2] = label;
    EXPECT_THAT(TakeTruth("y", labels, &*dataset),
                FailsWith(kInvalid,
                          "y: row 2 (counted from 0): expected a "
                          "label"));
  }
  Array targets = Numbers({3});
  targets.values[1] = std::nan("");
  EXPECT_THAT(TakeTruth("y", targets, &*dataset),
              FailsWith(kInvalid, "y: row 1 "));
}

TEST(ArrayDatasetTest, ReadsTheSplitsOfAnArchive) {
  const TempFolder folder;
  const std::string path = folder.Path("a.NPZ");
  const std::string x = NpyBytes("<f4", "(1, 1)", Raw<float>({5}));
  const std::string y = NpyBytes("<i8", "(1,)", Raw<int64_t>({1}));
  WriteZip(path, {{"x_train.npy", x}, {"y_train.npy", y}, {"z.npy", "other"}});
  EXPECT_TRUE(IsNpzPath(path));
  const auto train = ReadNpzSplit(path, Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->values, ElementsAre(5));
  EXPECT_THAT(train->labels, ElementsAre(1));
  EXPECT_THAT(ReadNpzSplit(path, Split::kTest),
              FailsWith(kNotFound, "has no array x_test"));
  WriteZip(path, {{"x_test.npy", x}});
  const auto test = ReadNpzSplit(path, Split::kTest);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->labels, IsEmpty());
  WriteZip(path, {{"arr_0.npy", x}});
  EXPECT_THAT(ReadNpzSplit(path, Split::kTest),
              FailsWith(kInvalid, "for a test split, got 'arr_0'"));
}

TEST(ArrayDatasetTest, ReadsTheRowsOfOneArray) {
  const TempFolder folder;
  const auto dataset = ReadNpyRows(
      folder.Write("x.npy", NpyBytes("<f8", "(2,)", Raw<double>({1, 2}))));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(1, 2));
  EXPECT_THAT(ReadNpyRows(folder.Write("y.npy", "text")),
              FailsWith(kInvalid, "y.npy: expected a file as numpy.save"));
}

}  // namespace
}  // namespace hypergan::data
