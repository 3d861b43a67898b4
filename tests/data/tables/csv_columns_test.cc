#include "data/tables/csv_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const std::vector<std::string> kHeader = {"a", "b", "c", "d"};

absl::StatusOr<CsvColumns> Place(const CsvOptions& options,
                                 const std::vector<std::string>& header) {
  return PlaceColumns(header, header.size(), options);
}

TEST(CsvColumnsTest, TakesTheLastOnesAsTargets) {
  const auto columns = PlaceColumns({}, 4, {.target_columns = 2});
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_EQ(columns->count, 4);
  EXPECT_THAT(columns->inputs, ElementsAre(0, 1));
  EXPECT_THAT(columns->targets, ElementsAre(2, 3));
  EXPECT_FALSE(columns->is_reordered);
}

TEST(CsvColumnsTest, TakesTargetsByNameInTheOrderAskedFor) {
  const auto columns = Place({.target_names = {"c", "a"}}, kHeader);
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_THAT(columns->inputs, ElementsAre(1, 3));
  EXPECT_THAT(columns->targets, ElementsAre(2, 0));
}

TEST(CsvColumnsTest, TakesTheLastOnesOfThoseThatAreNotDropped) {
  const auto columns =
      Place({.target_columns = 2, .drop_columns = {"d", "a"}}, kHeader);
  EXPECT_THAT(columns, FailsWith(kInvalid,
                                 "more than 2 columns, 2 of them targets, got "
                                 "2 without those dropped"));
  const auto one = Place({.drop_columns = {"d", "a"}}, kHeader);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_THAT(one->inputs, ElementsAre(1));
  EXPECT_THAT(one->targets, ElementsAre(2));
}

TEST(CsvColumnsTest, ListsTheNamesThatThereAre) {
  EXPECT_THAT(Place({.target_names = {"y"}}, kHeader),
              FailsWith(kInvalid,
                        "--target_column: expected columns of 'a', 'b', 'c', "
                        "'d', got 'y'"));
  EXPECT_THAT(Place({.drop_columns = {"id"}}, kHeader),
              FailsWith(kInvalid, "--drop_columns: expected columns of 'a'"));
  const std::vector<std::string> many(1000, std::string(500, 'x'));
  const auto columns = Place({.drop_columns = {"id"}}, many);
  ASSERT_FALSE(columns.ok());
  EXPECT_LT(columns.status().message().size(), 500u);
}

TEST(CsvColumnsTest, RefusesNamesThatSeveralColumnsHave) {
  EXPECT_THAT(Place({.target_names = {"a"}}, {"a", "b", "a"}),
              FailsWith(kInvalid, "got 'a', which several have"));
  EXPECT_THAT(Place({.target_names = {"a", "a"}}, kHeader),
              FailsWith(kInvalid, "got 'a' again"));
  EXPECT_THAT(Place({.target_names = {"a"}, .drop_columns = {"a"}}, kHeader),
              FailsWith(kInvalid, "got 'a' again"));
}

TEST(CsvColumnsTest, NeedsAHeaderToChooseByName) {
  EXPECT_THAT(PlaceColumns({}, 3, {.target_names = {"a"}}),
              FailsWith(kInvalid, "expected a header"));
  EXPECT_THAT(PlaceColumns({}, 3, {.drop_columns = {"a"}}),
              FailsWith(kInvalid, "expected a header"));
}

TEST(CsvColumnsTest, BringsInputsIntoTheNetworksOrder) {
  const auto columns =
      Place({.target_columns = 1, .input_names = {"c", "a", "b"}}, kHeader);
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_THAT(columns->inputs, ElementsAre(2, 0, 1));
  EXPECT_TRUE(columns->is_reordered);
  const auto same = Place({.input_names = {"a", "b", "c"}}, kHeader);
  ASSERT_TRUE(same.ok());
  EXPECT_FALSE(same->is_reordered);
}

TEST(CsvColumnsTest, BringsTargetsIntoTheNetworksOrder) {
  const CsvOptions options = {.target_columns = 2,
                              .input_names = {"a", "b"},
                              .output_names = {"d", "c"}};
  const auto columns = Place(options, kHeader);
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_THAT(columns->targets, ElementsAre(3, 2));
  EXPECT_TRUE(columns->is_reordered);
  const auto other = Place(options, {"a", "b", "truth", "c"});
  ASSERT_TRUE(other.ok());
  EXPECT_THAT(other->targets, ElementsAre(2, 3));
}

TEST(CsvColumnsTest, NamesColumnsThatAreMissingOrLeftOver) {
  const CsvOptions options = {.target_columns = 0, .input_names = kHeader};
  EXPECT_THAT(Place(options, {"a", "c", "d"}),
              FailsWith(kInvalid, "got none named 'b'"));
  EXPECT_THAT(Place(options, {"a", "B", "c", "d"}),
              FailsWith(kInvalid, "got none named 'b', but 'B'"));
  EXPECT_THAT(Place(options, {"a", "b", "c", "d", "y"}),
              FailsWith(kInvalid, "got 'y' as well: say --target_column"));
}

TEST(CsvColumnsTest, OrdersNothingByNamesThatSeveralHave) {
  const CsvOptions options = {.target_columns = 0,
                              .input_names = {"a", "a", "b"}};
  EXPECT_TRUE(Place(options, {"a", "a", "b"}).ok());
  EXPECT_THAT(Place(options, {"a", "b", "a"}),
              FailsWith(kInvalid, "several have one name"));
}

TEST(CsvColumnsTest, TakesColumnsByPlaceWithoutAHeader) {
  const auto columns =
      PlaceColumns({}, 2, {.target_columns = 0, .input_names = {"b", "a"}});
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_THAT(columns->inputs, ElementsAre(0, 1));
}

TEST(CsvColumnsTest, KeepsNamesThatCanBeShown) {
  EXPECT_EQ(ReadableName("gr\xc3\xb6\xc3\x9f"
                         "e"),
            "gr\xc3\xb6\xc3\x9f"
            "e");
  EXPECT_EQ(ReadableName("gr\xf6sse"), "gr\\xf6sse");
  EXPECT_LE(ReadableName(std::string(10'000, 'x')).size(), 256u);
}

}  // namespace
}  // namespace hypergan::data
