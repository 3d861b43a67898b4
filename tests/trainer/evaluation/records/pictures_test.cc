#include "trainer/evaluation/records/pictures.h"

#include <torch/script.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::TinyCheckpoint;
using ::testing::ElementsAre;

// Three colour rows of 1 x 2 pixels, the second the most uncertain.
class UncertainPicturesTest : public ::testing::Test {
 protected:
  UncertainPicturesTest() {
    rows_.inputs = torch::arange(18, torch::kByte).view({3, 3, 1, 2});
    rows_.targets = torch::tensor({0, 1, 1}, torch::kLong);
    outputs_.mean =
        torch::tensor({0.9, 0.1, 0.6, 0.4, 0.2, 0.8}, torch::kDouble)
            .view({3, 2});
    outputs_.scores.predictive_entropy =
        torch::tensor({0.3, 0.67, 0.5}, torch::kDouble);
  }

  Rows rows_;
  EnsembleOutputs outputs_;
};

TEST_F(UncertainPicturesTest, ComeInTheOrderOfTheirEntropy) {
  const auto most = UncertainPictures(rows_, outputs_, {}, 2, true);
  ASSERT_EQ(most.size(), 2u);
  EXPECT_EQ(most[0].score, 0.67);
  EXPECT_EQ(most[1].score, 0.5);
  const auto least = UncertainPictures(rows_, outputs_, {}, 12, false);
  ASSERT_EQ(least.size(), 3u);  // there are no more
  EXPECT_EQ(least[0].score, 0.3);
}

TEST_F(UncertainPicturesTest, CaptionsTellWhatTheRowIsTakenFor) {
  const auto numbers = UncertainPictures(rows_, outputs_, {}, 2, true);
  EXPECT_EQ(numbers[0].caption, "1, taken for 0");
  EXPECT_EQ(numbers[1].caption, "1");
  const auto named =
      UncertainPictures(rows_, outputs_, {"cat", "dog"}, 2, true);
  EXPECT_EQ(named[0].caption, "dog, taken for cat");
}

TEST_F(UncertainPicturesTest, PixelsKeepTheirBytesChannelsLast) {
  const Picture picture = UncertainPictures(rows_, outputs_, {}, 1, true)[0];
  EXPECT_EQ(picture.height, 1);
  EXPECT_EQ(picture.width, 2);
  EXPECT_EQ(picture.channels, 3);
  EXPECT_THAT(picture.pixels, ElementsAre(6, 8, 10, 7, 9, 11));
}

TEST_F(UncertainPicturesTest, RowsThatAreNoImagesHaveNone) {
  rows_.inputs = torch::rand({3, 5});
  EXPECT_TRUE(UncertainPictures(rows_, outputs_, {}, 2, true).empty());
  rows_.inputs = torch::rand({3, 2, 4, 4});
  EXPECT_TRUE(UncertainPictures(rows_, outputs_, {}, 2, true).empty());
}

TEST(FirstLayerFiltersTest, AreTheWeightsAroundGrey) {
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  Workers workers(1);
  const Ensemble ensemble(checkpoint, c10::Device(c10::kCPU), &workers);
  const auto filters = FirstLayerFilters(ensemble, 2, 9).value();
  torch::NoGradGuard no_grad;
  const at::Tensor weights =
      checkpoint.module.get_method("generate")({DrawNoise(9, 0, 2, 8)})
          .toTensorVector()[0];
  ASSERT_EQ(filters.size(), 2u);
  ASSERT_EQ(static_cast<int64_t>(filters[1].size()), weights.size(1));
  const Picture& filter = filters[1][3];
  EXPECT_EQ(filter.height, weights.size(3));
  const double scale = weights[1].abs().max().item<double>();
  const double weight = weights[1][3][0][2][1].item<double>();
  EXPECT_NEAR(filter.pixels[2 * filter.width + 1],
              127.5 + 127.5 * weight / scale, 0.51);
}

TEST(FirstLayerFiltersTest, LinearNetworksHaveNone) {
  Workers workers(1);
  const Ensemble ensemble(TinyCheckpoint("regression"), c10::Device(c10::kCPU),
                          &workers);
  EXPECT_TRUE(FirstLayerFilters(ensemble, 2, 9).value().empty());
}

}  // namespace
}  // namespace hypergan::trainer
