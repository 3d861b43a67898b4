#include "trainer/data/class_match.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hypergan::trainer {
namespace {

using ::testing::ElementsAre;

data::Dataset Labels(std::vector<std::string> names,
                     std::vector<int64_t> labels) {
  data::Dataset dataset;
  dataset.row_shape = {1};
  dataset.rows = static_cast<int64_t>(labels.size());
  dataset.values.resize(labels.size());
  dataset.labels = std::move(labels);
  dataset.class_names = std::move(names);
  return dataset;
}

TEST(ClassMatchTest, NumbersRowsByTheNamesOfTheirClasses) {
  // As of a folder without "cow".
  data::Dataset dataset = Labels({"cat", "dog"}, {0, 1, 1});
  ASSERT_TRUE(MatchClasses("x", {"cat", "cow", "dog"}, &dataset).ok());
  EXPECT_THAT(dataset.labels, ElementsAre(0, 2, 2));
  EXPECT_THAT(dataset.class_names, ElementsAre("cat", "cow", "dog"));
  // Folders of digits are names too.
  data::Dataset digits = Labels({"0", "2"}, {0, 1});
  ASSERT_TRUE(MatchClasses("x", {"0", "1", "2"}, &digits).ok());
  EXPECT_THAT(digits.labels, ElementsAre(0, 2));
}

TEST(ClassMatchTest, KeepsLabelsThatAreTheirPlaces) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"a", "b"}, {"0", "1"}, {"c", "d", "e"}}) {
    data::Dataset dataset = Labels(names, {1, 0});
    ASSERT_TRUE(MatchClasses("x", {"a", "b", "z"}, &dataset).ok());
    EXPECT_THAT(dataset.labels, ElementsAre(1, 0));
    EXPECT_EQ(dataset.class_names, names);
  }
  data::Dataset unlabelled = Labels({"dog"}, {});
  EXPECT_TRUE(MatchClasses("x", {"a"}, &unlabelled).ok());
}

TEST(ClassMatchTest, RefusesClassesThatAreNotNamed) {
  data::Dataset dataset = Labels({"cat", "eel"}, {0, 1});
  EXPECT_THAT(MatchClasses("photos", {"cat", "cow", "dog"}, &dataset),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "photos: row 1 (counted from 0): expected a label of "
                        "the classes"));
}

}  // namespace
}  // namespace hypergan::trainer
