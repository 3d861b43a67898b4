#include "server/serving/metrics/model_totals.h"

#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "server/serving/metrics/metrics.h"

namespace hypergan::server {
namespace {

TEST(ModelTotalsTest, AddWhatIsFiniteAlone) {
  Total total;
  total.Add(absl::Seconds(2));
  total.Add(absl::Milliseconds(500));
  total.Add(absl::InfiniteDuration());
  total.Add(-absl::InfiniteDuration());
  EXPECT_EQ(total.count, 2);
  EXPECT_EQ(total.time, absl::Milliseconds(2500));
}

TEST(ModelTotalsTest, TellAnswersFromFailures) {
  prometheus::Registry registry;
  Metrics metrics(registry);
  ModelMetrics& model = metrics.AddModel("m", 1);
  EXPECT_EQ(model.totals().last_answer, absl::InfinitePast());
  model.ObserveRequest(absl::StatusCode::kNotFound, absl::Seconds(1));
  EXPECT_EQ(model.totals().last_answer, absl::InfinitePast());
  model.ObserveRequest(absl::StatusCode::kOk, absl::Seconds(3));
  EXPECT_GT(model.totals().last_answer, absl::InfinitePast());
  EXPECT_EQ(model.totals().failed.time, absl::Seconds(1));
  EXPECT_EQ(model.totals().answered.time, absl::Seconds(3));
}

TEST(ModelTotalsTest, CountRowsOfAnswersAndBatches) {
  prometheus::Registry registry;
  Metrics metrics(registry);
  ModelMetrics& model = metrics.AddModel("m", 1);
  Answer answer;
  answer.prediction.scores.resize(3);
  answer.drawing = absl::Seconds(1);
  answer.asking = absl::Seconds(2);
  model.ObserveAnswer(answer);
  model.ObserveAnswer(answer);
  model.ObserveBatch(2, 10, 6);
  model.ObserveQueue(absl::Seconds(4));
  const ModelTotals totals = model.totals();
  EXPECT_EQ(totals.rows, 6);
  EXPECT_EQ(totals.batches, 1);
  EXPECT_EQ(totals.drawing.time, absl::Seconds(2));
  EXPECT_EQ(totals.asking.count, 2);
  EXPECT_EQ(totals.queued.time, absl::Seconds(4));
}

}  // namespace
}  // namespace hypergan::server
