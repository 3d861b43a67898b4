#include "client/far_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kText[] =
    "2 of 4 rows are far outside the range of the training rows; row 1 has 255 "
    "where those have 0 to 1 (channel 0)";

TEST(JoinWarningsTest, LeavesThoseOfOneRequestAlone) {
  EXPECT_THAT(JoinWarnings({{0, 4, {kText, "other"}}}),
              ElementsAre(kText, "other"));
}

TEST(JoinWarningsTest, CountsRowsInTheWholeInput) {
  EXPECT_THAT(
      JoinWarnings({{0, 4, {}}, {4, 4, {kText}}, {8, 4, {kText}}, {12, 1, {}}}),
      ElementsAre("4 of 13 rows are far outside the range of the training "
                  "rows; row 5 has 255 where those have 0 to 1 (channel 0)"));
}

TEST(JoinWarningsTest, SaysWhichRowsAnotherTextIsAbout) {
  EXPECT_THAT(JoinWarnings({{0, 4, {"a"}}, {4, 3, {"b", kText}}}),
              ElementsAre("rows 0 to 3: a", "rows 4 to 6: b",
                          absl::StrCat("rows 4 to 6: ", kText)));
}

// What is no such text, or contradicts its request.
TEST(JoinWarningsTest, TrustsNoNumbersThatCannotBe) {
  for (const std::string text :
       {"99999999999999999999 of 4 rows are far outside; row 1 has 2",
        "5 of 4 rows are far outside; row 1 has 2",
        "1 of 4 rows are far outside; row 4 has 2",
        "1 of 4 rows are far outside; row has 2", "1 of 4 rows are far outside",
        "of 4 rows are far outside; row 1", "",
        "-1 of 4 rows are far outside; row 1 has 2"}) {
    EXPECT_THAT(JoinWarnings({{0, 4, {text}}, {4, 4, {}}}),
                ElementsAre(absl::StrCat("rows 0 to 3: ", text)));
  }
}

TEST(JoinWarningsTest, KeepsEight) {
  std::vector<RequestWarnings> many;
  for (int64_t i = 0; i < 100; ++i) many.push_back({i * 4, 4, {"a", kText}});
  EXPECT_THAT(JoinWarnings(many), SizeIs(8));
}

}  // namespace
}  // namespace hypergan::client
