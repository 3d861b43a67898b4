#include "server/serving/metrics/metric_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "server/serving/metrics/metric_families.h"
#include "server/serving/metrics/metrics.h"
#include "tests/server/serving/metrics/metrics_page.h"

namespace hypergan::server {
namespace {

TEST(MetricTableTest, IsThePage) {
  std::ifstream file(HYPERGAN_SOURCE_DIR "/docs/metrics.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, MetricsPage())
      << "run build/dev/bin/metrics-page > docs/metrics.md";
}

TEST(MetricTableTest, NamesEachMetricOnceAndByTheConventions) {
  std::set<std::string_view> names;
  for (const MetricSpec& spec : MetricTable()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_EQ(spec.name.ends_with("_total"), spec.type == MetricType::kCounter)
        << spec.name;
    EXPECT_EQ(spec.buckets.empty(), spec.type != MetricType::kHistogram)
        << spec.name;
    EXPECT_TRUE(std::is_sorted(spec.buckets.begin(), spec.buckets.end()))
        << spec.name;
    EXPECT_TRUE(spec.help.ends_with(".")) << spec.name;
  }
}

TEST(MetricTableTest, HasTheDecilesThatTheDriftIsTakenAt) {
  const auto buckets =
      SpecOf("hypergan_ood_score_ratio", MetricType::kHistogram).buckets;
  for (int tenth = 1; tenth <= 10; ++tenth) {
    EXPECT_THAT(buckets,
                testing::Contains(testing::DoubleNear(tenth / 10.0, 1e-12)));
  }
}

TEST(MetricTableDeathTest, EndsTheProgramForANameThatItLacks) {
  EXPECT_DEATH(SpecOf("hypergan_unheard_of_total", MetricType::kCounter),
               "no counter named hypergan_unheard_of_total");
  EXPECT_DEATH(SpecOf("hypergan_rows_total", MetricType::kGauge),
               "no gauge named hypergan_rows_total");
}

TEST(MetricFamiliesTest, RegisterAMetricOnce) {
  prometheus::Registry registry;
  EXPECT_EQ(&CounterFamily(registry, "hypergan_rows_total"),
            &CounterFamily(registry, "hypergan_rows_total"));
}

}  // namespace
}  // namespace hypergan::server
