#include "trainer/evaluation/records/scores_csv.h"

#include <torch/script.h>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

TEST(ScoresCsvTest, HasALineARow) {
  ScoredRows inside, outside;
  inside.set = "inside";
  inside.labels = torch::tensor({1}, torch::kLong);
  inside.mean = torch::tensor({0.25, 0.75}, torch::kDouble).view({1, 2});
  inside.scores.total_variance = torch::tensor({0.1}, torch::kDouble);
  outside = inside;
  outside.set = "outside";
  outside.labels = at::Tensor();
  EXPECT_EQ(ScoresCsv({inside, outside}),
            "set,label,mean_0,mean_1,total_variance\n"
            "inside,1,0.25,0.75,0.10000000000000001\n"
            "outside,,0.25,0.75,0.10000000000000001\n");
}

}  // namespace
}  // namespace hypergan::trainer
