#include "server/serving/admission/query_check.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Shape = std::vector<int64_t>;

absl::StatusOr<QuerySize> Check(const Shape& shape, int64_t networks = 0,
                                const Limits& limits = {},
                                bool network_outputs = false) {
  return CheckQuery({shape, networks, network_outputs}, ClassifierManifest(),
                    limits);
}

void ExpectRefused(const absl::Status& status, absl::StatusCode code,
                   const char* expected, const char* got) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(expected), HasSubstr(got)));
}

TEST(QueryCheckTest, AcceptsAndSizesAGoodQuery) {
  const auto size = Check({3, 2, 2}, 7);
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_EQ(size->rows, 3);
  EXPECT_EQ(size->num_networks, 7);
  EXPECT_EQ(size->values, 12);
}

TEST(QueryCheckTest, TakesTheModelsDefaultForZeroNetworks) {
  EXPECT_EQ(Check({1, 2, 2}, 0)->num_networks, 10);
}

TEST(QueryCheckTest, BoundsTheModelsDefaultByTheLimit) {
  Limits limits;
  limits.max_networks = 4;
  EXPECT_EQ(Check({1, 2, 2}, 0, limits)->num_networks, 4);
}

TEST(QueryCheckTest, RefusesEveryShapeButTheModels) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  const std::vector<Shape> shapes = {
      {},        {2, 2},     {1, 2},        {1, 2, 2, 1},   {1, 2, 3},
      {1, 3, 2}, {0, 2, 2},  {-1, 2, 2},    {1, -2, -2},    {1, 4, 1},
      {1, 0, 2}, {kHuge, 1}, {1, kHuge, 2}, {-kHuge, 2, 2},
  };
  for (const Shape& shape : shapes) {
    ExpectRefused(Check(shape).status(), absl::StatusCode::kInvalidArgument,
                  "expected [B, 2, 2] with B >= 1", "got [");
  }
}

TEST(QueryCheckTest, ShowsOnlyTheBeginningOfAnEndlessShape) {
  const auto status = Check(Shape(1'000'000, 7)).status();
  ExpectRefused(status, absl::StatusCode::kInvalidArgument, "expected [B, 2",
                "7, ...]");
  EXPECT_LT(status.message().size(), 200u);
}

TEST(QueryCheckTest, RefusesNetworksOutsideTheLimits) {
  constexpr auto kCode = absl::StatusCode::kInvalidArgument;
  ExpectRefused(Check({1, 2, 2}, -1).status(), kCode, "1..10000", "got -1");
  ExpectRefused(Check({1, 2, 2}, 10'001).status(), kCode, "1..10000",
                "got 10001");
  EXPECT_TRUE(Check({1, 2, 2}, 10'000).ok());
  EXPECT_TRUE(Check({1, 2, 2}, 1).ok());
}

TEST(QueryCheckTest, RefusesMoreRowsThanTheLimit) {
  EXPECT_TRUE(Check({4096, 2, 2}, 1).ok());
  ExpectRefused(Check({4097, 2, 2}, 1).status(),
                absl::StatusCode::kResourceExhausted, "at most 4096",
                "got 4097");
}

TEST(QueryCheckTest, RefusesMoreWorkThanTheLimit) {
  EXPECT_TRUE(Check({64, 2, 2}, 10'000).ok());
  ExpectRefused(Check({65, 2, 2}, 10'000).status(),
                absl::StatusCode::kResourceExhausted, "at most 640000",
                "got 650000");
}

TEST(QueryCheckTest, RefusesMoreNumbersThanARequestCanHold) {
  Limits limits;
  limits.max_request_bytes = 64;
  EXPECT_TRUE(Check({4, 2, 2}, 1, limits).ok());
  ExpectRefused(Check({5, 2, 2}, 1, limits).status(),
                absl::StatusCode::kResourceExhausted, "at most 16", "got 20");
}

TEST(QueryCheckTest, SurvivesARowThatOverflowsEveryProduct) {
  Manifest manifest = ClassifierManifest();
  manifest.input_shape = Shape(8, int64_t{1} << 20);
  Shape shape = manifest.input_shape;
  shape.insert(shape.begin(), 4096);
  ExpectRefused(CheckQuery({shape, 1}, manifest, {}).status(),
                absl::StatusCode::kResourceExhausted, "numbers in inputs",
                "got 9223372036854775807");
}

TEST(QueryCheckTest, BoundsTheResponseBeforeItIsMade) {
  Limits limits;
  limits.max_response_bytes = 64 * 1024;
  EXPECT_TRUE(Check({1, 2, 2}, 10'000, limits, false).ok());
  ExpectRefused(Check({1, 2, 2}, 10'000, limits, true).status(),
                absl::StatusCode::kResourceExhausted, "at most 65536", "got 1");
  ExpectRefused(Check({1000, 2, 2}, 1, limits, false).status(),
                absl::StatusCode::kResourceExhausted, "response", "got 1");
}

TEST(QueryCheckTest, RefusesAResponseWhoseSizeOverflows) {
  Manifest manifest = ClassifierManifest();
  manifest.num_outputs = std::numeric_limits<int64_t>::max() / 2;
  const Shape shape = {2, 2, 2};
  ExpectRefused(CheckQuery({shape, 10, true}, manifest, {}).status(),
                absl::StatusCode::kResourceExhausted, "response",
                "got 9223372036854775807");
}

TEST(QueryCheckTest, RefusesEveryValueThatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(CheckFinite({0, -1e38f, 1e-45f}).ok());
  for (const float bad : {kInfinity, -kInfinity, std::nanf("")}) {
    ExpectRefused(CheckFinite({0, 1, bad, bad}),
                  absl::StatusCode::kInvalidArgument, "expected finite",
                  "position 2");
  }
}

TEST(QueryCheckTest, ReadsATargetAndItsBounds) {
  const std::vector<int64_t> shape = {64, 2, 2};
  QueryClaim claim{shape, 0, false, 0.01, std::nullopt};
  const auto open = CheckQuery(claim, ClassifierManifest(), Limits());
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->num_networks, 16);
  ASSERT_TRUE(open->target.has_value());
  EXPECT_EQ(open->target->standard_error, 0.01);
  EXPECT_EQ(open->target->max_networks, 10'000);
  claim.num_networks = 20;
  claim.max_networks = 30;
  const auto bounded = CheckQuery(claim, ClassifierManifest(), Limits());
  EXPECT_EQ(bounded->num_networks, 20);
  EXPECT_EQ(bounded->target->max_networks, 30);
  claim.num_networks = 0;
  claim.max_networks = 5;
  EXPECT_EQ(CheckQuery(claim, ClassifierManifest(), Limits())->num_networks, 5);
}

TEST(QueryCheckTest, LeavesATargetTheWorkThatTheLimitsAllow) {
  const std::vector<int64_t> shape = {4096, 2, 2};
  QueryClaim claim{shape, 0, false, 0.01, std::nullopt};
  const auto size = CheckQuery(claim, ClassifierManifest(), Limits());
  EXPECT_EQ(size->target->max_networks, 640'000 / 4096);
  claim.max_networks = 1000;
  ExpectRefused(CheckQuery(claim, ClassifierManifest(), Limits()).status(),
                absl::StatusCode::kResourceExhausted, "rows x networks",
                "4096000");
}

TEST(QueryCheckTest, RefusesAtLeastMoreNetworksThanATargetMayTake) {
  const std::vector<int64_t> shape = {4096, 2, 2};
  QueryClaim claim{shape, 640'000 / 4096, false, 0.01, std::nullopt};
  const auto most = CheckQuery(claim, ClassifierManifest(), Limits());
  ASSERT_TRUE(most.ok()) << most.status();
  EXPECT_EQ(most->num_networks, most->target->max_networks);
  ++claim.num_networks;
  ExpectRefused(CheckQuery(claim, ClassifierManifest(), Limits()).status(),
                absl::StatusCode::kResourceExhausted,
                "rows x networks: at most 640000", "got 643072");
}

TEST(QueryCheckTest, RefusesTargetsThatMeanNothing) {
  const std::vector<int64_t> shape = {1, 2, 2};
  const auto refuse = [&](int64_t networks, std::optional<double> target,
                          std::optional<int64_t> most, const char* expected,
                          const char* got) {
    const QueryClaim claim{shape, networks, false, target, most};
    ExpectRefused(CheckQuery(claim, ClassifierManifest(), Limits()).status(),
                  absl::StatusCode::kInvalidArgument, expected, got);
  };
  for (const double target : {0.0, -1.0, std::nan(""), double{INFINITY}}) {
    refuse(0, target, std::nullopt, "target_standard_error: expected a number",
           "got");
  }
  refuse(0, std::nullopt, 10, "together with target_standard_error", "got no");
  refuse(0, 0.1, 0, "max_networks: expected 1..10000", "got 0");
  refuse(0, 0.1, 10'001, "max_networks: expected 1..10000", "got 10001");
  refuse(0, 0.1, -5, "max_networks: expected 1..10000", "got -5");
  refuse(11, 0.1, 10, "num_networks: expected at most max_networks, 10", "11");
  refuse(-1, 0.1, 10, "num_networks: expected 1..10000", "got -1");
}

TEST(QueryCheckTest, RefusesAPredictionOfTheWrongSize) {
  const Manifest manifest = ClassifierManifest();
  EnsemblePrediction good;
  good.mean.resize(6);
  good.variance.resize(6);
  good.scores.resize(2);
  good.network_outputs.resize(60);
  EXPECT_TRUE(CheckPrediction(good, 2, 10, true, manifest).ok());

  EnsemblePrediction bad = good;
  bad.mean.pop_back();
  EXPECT_FALSE(CheckPrediction(bad, 2, 10, true, manifest).ok());
  bad = good;
  bad.variance.push_back(0);
  EXPECT_FALSE(CheckPrediction(bad, 2, 10, true, manifest).ok());
  bad = good;
  bad.scores.pop_back();
  EXPECT_FALSE(CheckPrediction(bad, 2, 10, true, manifest).ok());
  bad = good;
  bad.network_outputs.clear();
  ExpectRefused(CheckPrediction(bad, 2, 10, true, manifest),
                absl::StatusCode::kInternal, "60 outputs", "0");
}

TEST(QueryCheckTest, RefusesAPredictionThatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  // Of a regression: most scores have no meaning.
  EnsemblePrediction good;
  good.mean = {1, 2, 3, 4};
  good.variance = {1, 2, 3, 4};
  good.scores.assign(2, {kNaN, kNaN, kNaN, 3, kNaN, kNaN, std::nullopt});
  EXPECT_TRUE(CheckFinite(good).ok());
  const auto message = [](const EnsemblePrediction& prediction) {
    const absl::Status status = CheckFinite(prediction);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  EnsemblePrediction bad = good;
  bad.variance[3] = kInfinity;
  EXPECT_THAT(message(bad), HasSubstr("got row 1,"));
  bad.mean[1] = -kInfinity;
  EXPECT_THAT(message(bad), HasSubstr("got row 0,"));
  bad = good;
  bad.scores[1].total_variance = kInfinity;
  EXPECT_THAT(message(bad), HasSubstr("got row 1,"));
}

}  // namespace
}  // namespace hypergan::server
