#include "data/tables/csv_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;

TEST(CsvLineTest, SeesWhatSeparatesCells) {
  EXPECT_EQ(FindSeparator("1,2"), ',');
  EXPECT_EQ(FindSeparator(""), ',');
  EXPECT_EQ(FindSeparator("1;2"), ';');
  EXPECT_EQ(FindSeparator("1,5;2,5"), ';');
  EXPECT_EQ(FindSeparator("1\t2"), '\t');
  EXPECT_EQ(FindSeparator("1,5\t2,5"), '\t');
  EXPECT_EQ(FindSeparator("1 \t\t2"), '\t');
}

TEST(CsvLineTest, SeparatesByNothingWithinQuotes) {
  EXPECT_EQ(FindSeparator("\"a;b\",c"), ',');
  EXPECT_EQ(FindSeparator("\"a\tb\",c"), ',');
  EXPECT_EQ(FindSeparator("\"a \"\";\"\" b\",c"), ',');
  EXPECT_EQ(FindSeparator("\"a,b\";c"), ';');
}

TEST(CsvLineTest, TakesATabBesideACommaForABlank) {
  for (const char* line : {"1,\t2", "1\t,2", "1\t ,\t 2", "\t1,2", "1,2\t"}) {
    EXPECT_EQ(FindSeparator(line), ',') << line;
  }
}

TEST(CsvLineTest, SplitsAtTheSeparatorAlone) {
  std::vector<absl::string_view> cells;
  std::string line = "1,5; \"a;\"\"b\" ;;\t2";
  ASSERT_TRUE(SplitCsvLine(&line, ';', 10, &cells));
  EXPECT_THAT(cells, ElementsAre("1,5", "a;\"b", "", "2"));
  line = "1\t\t 2 \t\"a\tb\"";
  ASSERT_TRUE(SplitCsvLine(&line, '\t', 10, &cells));
  EXPECT_THAT(cells, ElementsAre("1", "", "2", "a\tb"));
  line = "\"a\",b";
  EXPECT_FALSE(SplitCsvLine(&line, ';', 10, &cells));
}

TEST(CsvLineTest, KnowsMissingValues) {
  for (const char* cell : {"", "NA", "n/a", "NaN", "null", "?"}) {
    EXPECT_TRUE(IsMissingCell(cell)) << cell;
  }
  for (const char* cell : {"0", "none", "-", "nano"}) {
    EXPECT_FALSE(IsMissingCell(cell)) << cell;
  }
}

}  // namespace
}  // namespace hypergan::data
