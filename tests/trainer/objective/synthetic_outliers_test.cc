#include "trainer/objective/synthetic_outliers.h"

#include <torch/script.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Images in [0, 1] whose every pixel is another number.
at::Tensor Images(int64_t rows, int64_t height = 8, int64_t width = 8) {
  const int64_t count = rows * 2 * height * width;
  return (torch::randperm(count, torch::kLong).to(torch::kFloat) / count)
      .view({rows, 2, height, width});
}

const std::vector<SyntheticOutlier> kAll = {
    SyntheticOutlier::kNoise,  SyntheticOutlier::kPatches,
    SyntheticOutlier::kBlend,  SyntheticOutlier::kRotations,
    SyntheticOutlier::kInvert, SyntheticOutlier::kBlobs};

at::Tensor Make(const at::Tensor& batch,
                const std::vector<SyntheticOutlier>& kinds, uint64_t seed = 1,
                uint64_t step = 1) {
  return MakeSyntheticOutliers(batch, kinds, seed, step).value();
}

bool IsNoise(const at::Tensor& image) {
  const at::Tensor levels = image * 255;
  return torch::allclose(levels, levels.round(), 0, 1e-4) &&
         image.min().item<float>() >= 0 && image.max().item<float>() <= 1;
}

// Every pixel (c, y, x) of `image`, at the place that the mapping gives it.
template <typename Mapping>
bool IsMapped(const at::Tensor& image, const at::Tensor& result,
              Mapping mapping) {
  const auto from = image.accessor<float, 3>();
  const auto to = result.accessor<float, 3>();
  for (int64_t c = 0; c < image.size(0); ++c) {
    for (int64_t y = 0; y < image.size(1); ++y) {
      for (int64_t x = 0; x < image.size(2); ++x) {
        const auto [v, u] = mapping(y, x);
        if (to[c][v][u] != from[c][y][x]) return false;
      }
    }
  }
  return true;
}

// How often it is turned by 90 degrees, 0 for never.
int64_t Quarters(const at::Tensor& image, const at::Tensor& result) {
  const int64_t last = image.size(1) - 1;
  using Place = std::array<int64_t, 2>;
  // Against the clock: what is on the right comes to the top.
  const auto turn = [last](Place p) { return Place{last - p[1], p[0]}; };
  for (int64_t quarters = 1; quarters <= 3; ++quarters) {
    if (IsMapped(image, result, [&](int64_t y, int64_t x) {
          Place place{y, x};
          for (int64_t i = 0; i < quarters; ++i) place = turn(place);
          return place;
        })) {
      return quarters;
    }
  }
  return 0;
}

bool IsInverted(const at::Tensor& image, const at::Tensor& result) {
  return torch::equal(result, 1 - image);
}

bool IsBlend(const at::Tensor& batch, int64_t row, const at::Tensor& result) {
  for (int64_t i = 0; i < batch.size(0); ++i) {
    for (int64_t j = 0; j < i; ++j) {
      if (i == row || j == row) continue;
      if (torch::allclose(result, (batch[i] + batch[j]) / 2, 0, 1e-7)) {
        return true;
      }
    }
  }
  return false;
}

// Is each patch of `result` one of the image's, and each of those there?
bool IsShuffled(const at::Tensor& image, const at::Tensor& result) {
  const int64_t side = image.size(1) / 4;
  const auto patches = [side](const at::Tensor& of) {
    std::vector<std::vector<float>> all;
    const auto pixels = of.accessor<float, 3>();
    for (int64_t top = 0; top < of.size(1); top += side) {
      for (int64_t left = 0; left < of.size(2); left += side) {
        std::vector<float> patch;
        for (int64_t c = 0; c < of.size(0); ++c) {
          for (int64_t i = 0; i < side * side; ++i) {
            patch.push_back(pixels[c][top + i / side][left + i % side]);
          }
        }
        all.push_back(patch);
      }
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  return !torch::equal(image, result) && patches(image) == patches(result);
}

TEST(SyntheticOutliersTest, NoiseIsUniformInTheLevels) {
  const at::Tensor noise = Make(Images(100), {SyntheticOutlier::kNoise});
  ASSERT_EQ(noise.sizes(), at::IntArrayRef({100, 2, 8, 8}));
  EXPECT_TRUE(IsNoise(noise));
  EXPECT_EQ(noise.min().item<float>(), 0);
  EXPECT_EQ(noise.max().item<float>(), 1);
  // 12,800 numbers: within five standard errors of 1/2 and 1/sqrt(12).
  EXPECT_NEAR(noise.mean().item<float>(), 0.5, 5 * 0.29 / 113);
  EXPECT_NEAR(noise.std().item<float>(), 0.2898, 0.006);
  EXPECT_FALSE(torch::equal(noise[0], noise[1]));
}

TEST(SyntheticOutliersTest, PatchesAreTheImagesOwnInAnotherOrder) {
  for (int64_t width : {8, 12, 2}) {
    const at::Tensor batch = Images(20, 8, width);
    const at::Tensor result = Make(batch, {SyntheticOutlier::kPatches});
    for (int64_t i = 0; i < 20; ++i) {
      // Four patches lie as before once in 24 times.
      const bool is_unmoved = width == 2 && torch::equal(batch[i], result[i]);
      EXPECT_TRUE(is_unmoved || IsShuffled(batch[i], result[i]));
    }
    EXPECT_FALSE(torch::equal(batch, result));
  }
}

TEST(SyntheticOutliersTest, BlendIsTheMeanOfTwoOtherRows) {
  for (int64_t rows : {3, 4, 12}) {
    const at::Tensor batch = Images(rows);
    const at::Tensor result = Make(batch, {SyntheticOutlier::kBlend});
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_TRUE(IsBlend(batch, i, result[i])) << i << " of " << rows;
    }
  }
}

TEST(SyntheticOutliersTest, RotationsAreOfEveryKindButNone) {
  const at::Tensor batch = Images(60);
  const at::Tensor result = Make(batch, {SyntheticOutlier::kRotations});
  std::array<int64_t, 4> counts = {};
  for (int64_t i = 0; i < 60; ++i) ++counts[Quarters(batch[i], result[i])];
  EXPECT_EQ(counts[0], 0);
  for (int64_t quarters = 1; quarters <= 3; ++quarters) {
    EXPECT_NEAR(counts[quarters], 20, 12);
  }
}

TEST(SyntheticOutliersTest, InvertIsOneMinusThePixel) {
  const at::Tensor batch = Images(5);
  EXPECT_TRUE(IsInverted(batch, Make(batch, {SyntheticOutlier::kInvert})));
}

// How large the steps between neighbouring pixels are, at most.
float Steepest(const at::Tensor& image) {
  return std::max(image.diff(1, 1).abs().max().item<float>(),
                  image.diff(1, 2).abs().max().item<float>());
}

TEST(SyntheticOutliersTest, BlobsAreLargeShapesWithSoftEdges) {
  const at::Tensor blobs =
      Make(Images(200, 28, 28), {SyntheticOutlier::kBlobs});
  ASSERT_EQ(blobs.sizes(), at::IntArrayRef({200, 2, 28, 28}));
  EXPECT_EQ(blobs.min().item<float>(), 0);
  EXPECT_EQ(blobs.max().item<float>(), 1);
  // Ink and none, about half of each, and little between.
  EXPECT_NEAR(blobs.mean().item<float>(), 0.5, 0.05);
  const double between =
      ((blobs > 0) & (blobs < 1)).to(torch::kFloat).mean().item<double>();
  EXPECT_GT(between, 0.1);
  EXPECT_LT(between, 0.6);
  // A cell of 7 pixels falls by 1 at most, 1.5 times as steep in the middle as
  // along the whole; the cut makes that 1 / 0.2 steeper.
  for (int64_t i = 0; i < 200; ++i) {
    EXPECT_LE(Steepest(blobs[i]), 1.5 / 7 / 0.2) << i;
  }
  EXPECT_FALSE(torch::equal(blobs[0], blobs[1]));
  EXPECT_FALSE(torch::equal(blobs[0][0], blobs[0][1]));
}

TEST(SyntheticOutliersTest, BlobsTakeAnySidesOfFourPixelsOrMore) {
  for (const auto& [height, width] : std::vector<std::array<int64_t, 2>>{
           {4, 1}, {7, 30}, {31, 8}, {32, 32}}) {
    const at::Tensor blobs =
        Make(Images(5, height, width), {SyntheticOutlier::kBlobs});
    EXPECT_GE(blobs.min().item<float>(), 0);
    EXPECT_LE(blobs.max().item<float>(), 1);
  }
}

TEST(SyntheticOutliersTest, SeveralKindsShareTheRowsOutEvenly) {
  const at::Tensor batch = Images(20);
  std::array<int64_t, 5> counts = {};
  std::string order;
  const at::Tensor result =
      Make(batch, {SyntheticOutlier::kNoise, SyntheticOutlier::kPatches,
                   SyntheticOutlier::kBlend, SyntheticOutlier::kRotations,
                   SyntheticOutlier::kInvert});
  for (int64_t i = 0; i < 20; ++i) {
    const std::array<bool, 5> is = {
        IsNoise(result[i]), IsShuffled(batch[i], result[i]),
        IsBlend(batch, i, result[i]), Quarters(batch[i], result[i]) > 0,
        IsInverted(batch[i], result[i])};
    ASSERT_EQ(std::count(is.begin(), is.end(), true), 1) << "row " << i;
    const int64_t kind = std::find(is.begin(), is.end(), true) - is.begin();
    ++counts[kind];
    order += std::to_string(kind);
  }
  EXPECT_THAT(counts, testing::Each(4));
  EXPECT_NE(order, "01234012340123401234");
}

TEST(SyntheticOutliersTest, AreAFunctionOfSeedAndStep) {
  const at::Tensor batch = Images(20);
  std::vector<std::vector<SyntheticOutlier>> choices = {kAll};
  for (SyntheticOutlier kind : kAll) {
    if (kind != SyntheticOutlier::kInvert) choices.push_back({kind});
  }
  for (const auto& kinds : choices) {
    EXPECT_TRUE(torch::equal(Make(batch, kinds), Make(batch, kinds)));
    EXPECT_FALSE(torch::equal(Make(batch, kinds), Make(batch, kinds, 2, 1)));
    EXPECT_FALSE(torch::equal(Make(batch, kinds), Make(batch, kinds, 1, 2)));
  }
}

TEST(SyntheticOutliersTest, LeavesTheBatchAlone) {
  const at::Tensor batch = Images(10);
  const at::Tensor copy = batch.clone();
  Make(batch, kAll);
  EXPECT_TRUE(torch::equal(batch, copy));
}

TEST(SyntheticOutliersTest, NoiseOfVectorsFillsTheStretchedBox) {
  // Ranges [-4, 4], [1, 3] and [5, 5].
  const at::Tensor ends =
      torch::tensor({-4.0f, 3.0f, 5.0f, 4.0f, 1.0f, 5.0f}).view({2, 3});
  const at::Tensor noise =
      Make(ends.repeat({2000, 1}), {SyntheticOutlier::kNoise});
  ASSERT_EQ(noise.sizes(), at::IntArrayRef({4000, 3}));
  const std::array<std::array<float, 2>, 3> box = {
      {{-6, 6}, {0.5, 3.5}, {5, 5}}};
  for (int64_t f = 0; f < 3; ++f) {
    const auto [low, high] = box[f];
    const at::Tensor column = noise.select(1, f);
    EXPECT_GE(column.min().item<float>(), low);
    EXPECT_LE(column.max().item<float>(), high);
    EXPECT_NEAR(column.min().item<float>(), low, 0.01 * (high - low));
    EXPECT_NEAR(column.max().item<float>(), high, 0.01 * (high - low));
    // Five standard errors.
    EXPECT_NEAR(column.mean().item<float>(), (low + high) / 2,
                5 * 0.29 * (high - low) / 63);
  }
}

TEST(SyntheticOutliersTest, RefusesRowsThatDoNotFitTheKind) {
  const auto refuses = [](const at::Tensor& batch, SyntheticOutlier kind,
                          const std::string& text) {
    for (const std::vector<SyntheticOutlier>& kinds :
         {std::vector<SyntheticOutlier>{kind},
          {SyntheticOutlier::kNoise, kind}}) {
      const absl::Status status =
          MakeSyntheticOutliers(batch, kinds, 1, 1).status();
      EXPECT_EQ(status.code(), kInvalid) << text;
      EXPECT_THAT(std::string(status.message()), HasSubstr(text));
    }
  };
  refuses(torch::zeros({3, 2}), SyntheticOutlier::kPatches,
          "images [B, C, H, W], got "
          "Float [3, 2]");
  refuses(torch::zeros({3, 2}), SyntheticOutlier::kInvert,
          "images [B, C, H, W]");
  refuses(torch::zeros({3, 1, 4, 4}, torch::kByte), SyntheticOutlier::kNoise,
          "float32 rows, got Byte [3, 1, 4, 4]");
  refuses(torch::zeros({0, 1, 4, 4}), SyntheticOutlier::kNoise, "float32 rows");
  refuses(torch::zeros({}), SyntheticOutlier::kNoise, "images [B, C, H, W]");
  refuses(torch::zeros({3, 1, 6, 6}), SyntheticOutlier::kPatches,
          "patches of H/4");
  refuses(torch::zeros({3, 1, 3, 3}), SyntheticOutlier::kPatches,
          "patches of H/4");
  refuses(torch::zeros({3, 1, 8, 7}), SyntheticOutlier::kPatches,
          "patches of H/4");
  refuses(torch::zeros({3, 1, 4, 8}), SyntheticOutlier::kRotations,
          "square images");
  refuses(torch::zeros({2, 1, 4, 4}), SyntheticOutlier::kBlend,
          "at least 3 rows");
  refuses(torch::zeros({2, 1, 3, 4}), SyntheticOutlier::kBlobs,
          "at least 4 pixels");
}

TEST(SyntheticOutliersTest, AreKnownByName) {
  const char* all = "noise,patches,blend,rotations,invert,blobs";
  for (const char* names : {"noise", "patches", "blobs,patches", all}) {
    EXPECT_EQ(SyntheticOutlierNames(ParseSyntheticOutliers(names).value()),
              names);
  }
  EXPECT_EQ(ParseSyntheticOutliers(all).value(), kAll);
  for (const char* wrong :
       {"blur", "", "noise,", "noise,blur", "noise,noise", "noise, patches"}) {
    const absl::Status status = ParseSyntheticOutliers(wrong).status();
    EXPECT_EQ(status.code(), kInvalid);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("got '" + std::string(wrong) + "'"));
  }
}

TEST(SyntheticOutliersTest, RefusesNoKind) {
  EXPECT_EQ(MakeSyntheticOutliers(Images(3), {}, 1, 1).status().code(),
            kInvalid);
}

}  // namespace
}  // namespace hypergan::trainer
