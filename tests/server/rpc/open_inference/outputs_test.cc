#include "server/rpc/open_inference/outputs.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server::open_inference {
namespace {

using testing::Contains;
using testing::Not;

std::vector<std::string> Names(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const Output* output : OutputsOf(manifest))
    names.push_back(output->name);
  return names;
}

TEST(OutputsTest, HaveNoNamesOfClassesThatHaveNone) {
  Manifest manifest = ClassifierManifest();
  EXPECT_THAT(Names(manifest), Contains("class_name"));
  manifest.class_names.clear();
  EXPECT_THAT(Names(manifest), Contains("class"));
  EXPECT_THAT(Names(manifest), Not(Contains("class_name")));
}

TEST(OutputsTest, HaveNoOodScoreWithoutACalibration) {
  Manifest manifest = ClassifierManifest();
  manifest.calibration.reset();
  EXPECT_THAT(Names(manifest), Not(Contains("ood_score")));
  EXPECT_THAT(Names(manifest), Not(Contains("is_ood")));
}

TEST(OutputsTest, HaveNoVerdictThatNoRowCouldReach) {
  Manifest manifest = ClassifierManifest();
  manifest.calibration->rows = 18;  // 19 are the fewest for 0.95
  EXPECT_THAT(Names(manifest), Contains("ood_score"));
  EXPECT_THAT(Names(manifest), Not(Contains("is_ood")));
  manifest.calibration->rows = 19;
  EXPECT_THAT(Names(manifest), Contains("is_ood"));
}

TEST(OutputsTest, HaveTheVerdictOfARegressionThatIsCalibrated) {
  Manifest manifest = RegressionManifest();
  manifest.calibration = ClassifierManifest().calibration;
  EXPECT_THAT(Names(manifest),
              testing::ElementsAre("mean", "variance", "total_variance",
                                   "ood_score", "is_ood"));
}

}  // namespace
}  // namespace hypergan::server::open_inference
