#include "hypergan/ensemble/weight_sets.h"

#include <torch/script.h>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

// `count` networks of a channels-last convolution and a bias, numbered.
WeightSets Numbered(int64_t count, double first = 0) {
  const at::Tensor flat =
      at::arange(first, first + static_cast<double>(count * 26), at::kFloat)
          .view({count, 26});
  return {
      {flat.narrow(1, 0, 24).view({count, 2, 2, 2, 3}).permute({0, 1, 4, 2, 3}),
       flat.narrow(1, 24, 2)}};
}

TEST(WeightSetsTest, CountAndBytesAreThoseOfTheNumbers) {
  EXPECT_EQ(WeightSets().count(), 0);
  EXPECT_EQ(Numbered(5).count(), 5);
  EXPECT_EQ(Numbered(5).bytes(), 5 * 26 * 4);
}

TEST(WeightSetsTest, SlicesShareMemoryAndClonesDoNot) {
  const WeightSets sets = Numbered(5);
  const WeightSets slice = sets.Slice(1, 3);
  EXPECT_EQ(slice.count(), 3);
  EXPECT_EQ(slice.tensors[0].storage().data(),
            sets.tensors[0].storage().data());
  const WeightSets clone = slice.Clone();
  EXPECT_TRUE(at::equal(clone.tensors[0], slice.tensors[0]));
  EXPECT_TRUE(at::equal(clone.tensors[1], slice.tensors[1]));
  EXPECT_NE(clone.tensors[0].storage().data(),
            sets.tensors[0].storage().data());
  EXPECT_EQ(clone.tensors[0].storage().nbytes(), 3u * 24 * 4);
}

TEST(WeightSetsTest, ConcatenationKeepsOrderAndMemoryFormat) {
  const std::vector<WeightSets> parts = {Numbered(2), Numbered(1, 1000),
                                         Numbered(3, 2000)};
  EXPECT_EQ(CountNetworks(parts), 6);
  const WeightSets all = Concatenate(parts);
  ASSERT_EQ(all.count(), 6);
  EXPECT_TRUE(at::equal(all.tensors[0][2], parts[1].tensors[0][0]));
  EXPECT_TRUE(at::equal(all.tensors[1][5], parts[2].tensors[1][2]));
  EXPECT_TRUE(all.tensors[0].select(0, 0).is_contiguous(
      at::MemoryFormat::ChannelsLast));
}

TEST(WeightSetsTest, ASliceOfManyIsThatOfAllInOne) {
  const std::vector<WeightSets> parts = {Numbered(1), Numbered(5, 1000),
                                         Numbered(1, 2000)};
  const WeightSets all = Concatenate(parts);
  for (int64_t first = 0; first <= 7; ++first) {
    for (int64_t count = 1; first + count <= 7; ++count) {
      const std::vector<WeightSets> slice = Slice(parts, first, count);
      ASSERT_EQ(CountNetworks(slice), count);
      EXPECT_TRUE(at::equal(Concatenate(slice).tensors[0],
                            all.Slice(first, count).tensors[0]));
    }
  }
  EXPECT_TRUE(Slice(parts, 3, 0).empty());
}

TEST(WeightSetsTest, PiecesHoldAllNetworksInTheirOrder) {
  const std::vector<WeightSets> parts = {Numbered(1), Numbered(5, 1000),
                                         Numbered(1, 2000)};
  const auto pieces = CutIntoPieces(parts, 3);
  ASSERT_EQ(pieces.size(), 3u);
  std::vector<WeightSets> flat;
  for (const auto& piece : pieces) {
    EXPECT_LE(CountNetworks(piece), 3);
    flat.insert(flat.end(), piece.begin(), piece.end());
  }
  EXPECT_TRUE(
      at::equal(Concatenate(flat).tensors[0], Concatenate(parts).tensors[0]));
}

}  // namespace
}  // namespace hypergan
