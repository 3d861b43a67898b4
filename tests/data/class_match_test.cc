#include "data/class_match.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;

Dataset Labels(std::vector<std::string> names, std::vector<int64_t> labels) {
  Dataset dataset;
  dataset.row_shape = {1};
  dataset.rows = static_cast<int64_t>(labels.size());
  dataset.values.resize(labels.size());
  dataset.labels = std::move(labels);
  dataset.class_names = std::move(names);
  return dataset;
}

TEST(ClassMatchTest, NumbersRowsByTheNamesOfTheirClasses) {
  // As of a folder without "cow".
  Dataset dataset = Labels({"cat", "dog"}, {0, 1, 1});
  ASSERT_TRUE(MatchClasses("x", {"cat", "cow", "dog"}, &dataset).ok());
  EXPECT_THAT(dataset.labels, ElementsAre(0, 2, 2));
  EXPECT_THAT(dataset.class_names, ElementsAre("cat", "cow", "dog"));
  // Folders of digits are names too.
  Dataset digits = Labels({"0", "2"}, {0, 1});
  ASSERT_TRUE(MatchClasses("x", {"0", "1", "2"}, &digits).ok());
  EXPECT_THAT(digits.labels, ElementsAre(0, 2));
  // As text they are in another order than as numbers.
  Dataset few = Labels({"0", "1", "2"}, {0, 1, 2});
  ASSERT_TRUE(MatchClasses("x", {"0", "1", "10", "11", "2"}, &few).ok());
  EXPECT_THAT(few.labels, ElementsAre(0, 1, 4));
}

TEST(ClassMatchTest, KeepsLabelsThatAreTheirPlaces) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"a", "b"}, {"0", "1"}, {"c", "d", "e"}}) {
    Dataset dataset = Labels(names, {1, 0});
    ASSERT_TRUE(MatchClasses("x", {"a", "b", "z"}, &dataset).ok());
    EXPECT_THAT(dataset.labels, ElementsAre(1, 0));
    EXPECT_EQ(dataset.class_names, names);
  }
  Dataset unlabelled = Labels({"dog"}, {});
  EXPECT_TRUE(MatchClasses("x", {"a"}, &unlabelled).ok());
}

TEST(ClassMatchTest, RefusesClassesThatAreNotNamed) {
  Dataset dataset = Labels({"cat", "eel"}, {0, 1});
  EXPECT_THAT(MatchClasses("photos", {"cat", "cow", "dog"}, &dataset),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "photos: row 1 (counted from 0): expected a label of "
                        "the classes"));
  Dataset numbers = Labels({"0", "1"}, {0, 1});
  EXPECT_THAT(MatchClasses("t.csv", {"0", "2"}, &numbers),
              FailsWith(absl::StatusCode::kInvalidArgument, "t.csv: row 1"));
}

}  // namespace
}  // namespace hypergan::data
