#include "trainer/report/drawing/distribution.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(DistributionTest, CdfIsLinearBetweenQuantiles) {
  const std::vector<double> quantiles = {0, 1, 3};  // at shares 0, 1/2, 1
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, -1), 0);
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 0.5), 0.25);
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 1), 0.5);
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 2), 0.75);
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 3), 1);
}

TEST(DistributionTest, EqualScoresAreOneStep) {
  const std::vector<double> quantiles = {0, 0, 0, 0, 2};  // 3 of 4 parts at 0
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 0), 0.75);
  EXPECT_DOUBLE_EQ(CdfAt(quantiles, 1), 0.875);
}

TEST(DistributionTest, HistogramHoldsAllRows) {
  const std::vector<double> quantiles = {0, 0, 0.5, 1};
  const std::vector<Point> outline = HistogramOutline(quantiles, 1, 2);
  ASSERT_THAT(outline, SizeIs(4));             // two bins, both ends of each
  EXPECT_NEAR(outline[0].y, 200.0 / 3, 1e-9);  // F(0.5) = 2/3
  EXPECT_NEAR(outline[2].y, 100.0 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(outline[2].x, 0.5);
  EXPECT_DOUBLE_EQ(outline[3].x, 1);
}

TEST(DistributionTest, CdfBeginsOnTheAxis) {
  const std::vector<Point> points = CdfPoints({0.5, 1});
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_EQ(points[0].x, 0);
  EXPECT_EQ(points[1].y, 0);
  EXPECT_EQ(points[2].y, 1);
}

TEST(DistributionTest, WithoutScoresThereIsNothing) {
  EXPECT_THAT(CdfPoints({}), IsEmpty());
  EXPECT_THAT(HistogramOutline({}, 1, 10), IsEmpty());
  EXPECT_THAT(HistogramOutline({0, 0}, 0, 10), IsEmpty());
}

}  // namespace
}  // namespace hypergan::trainer::report
