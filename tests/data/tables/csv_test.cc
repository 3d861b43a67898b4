#include "data/tables/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/limits.h"
#include "tests/data/idx_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class CsvTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> Read(const std::string& text,
                               const CsvOptions& options = {}) {
    return ReadCsv(folder_.Write("table.csv", text), options);
  }

  const TempFolder folder_;
};

TEST_F(CsvTest, TakesTheLastColumnAsTarget) {
  const auto dataset = Read("1,2,3\n-4,5e-1,6\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 2);
  EXPECT_THAT(dataset->row_shape, ElementsAre(2));
  EXPECT_THAT(dataset->values, ElementsAre(1, 2, -4, 0.5));
  EXPECT_THAT(dataset->targets, ElementsAre(3, 6));
  EXPECT_EQ(dataset->target_size, 1);
  EXPECT_THAT(dataset->labels, IsEmpty());
}

TEST_F(CsvTest, TakesAsManyTargetsAsTold) {
  const auto dataset = Read("1,2,3\n", {.target_columns = 2});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->row_shape, ElementsAre(1));
  EXPECT_THAT(dataset->targets, ElementsAre(2, 3));
  EXPECT_EQ(dataset->target_size, 2);
}

TEST_F(CsvTest, MayHoldInputsOnly) {
  const auto dataset = Read("1,2\n3,4", {.target_columns = 0});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->row_shape, ElementsAre(2));
  EXPECT_THAT(dataset->values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(dataset->targets, IsEmpty());
  EXPECT_EQ(dataset->target_size, 0);
}

TEST_F(CsvTest, TakesTheLastColumnAsLabels) {
  const auto dataset = Read("0.5,2\n0.25,0\n", {.labels = true});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->labels, ElementsAre(2, 0));
  EXPECT_THAT(dataset->targets, IsEmpty());
  EXPECT_EQ(dataset->target_size, 0);
  EXPECT_THAT(dataset->class_names, ElementsAre("0", "1", "2"));
}

TEST_F(CsvTest, PassesOverAHeader) {
  const auto dataset = Read("x,y\r\n1,2\r\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(1));
  EXPECT_THAT(dataset->targets, ElementsAre(2));
}

TEST_F(CsvTest, SaysThatAHeaderIsNoRowAndKeepsItsNames) {
  const auto dataset = Read("x, \"the answer\" ,3rd\n1,2,3\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 1);
  EXPECT_THAT(dataset->column_names, ElementsAre("x", "the answer", "3rd"));
  EXPECT_THAT(dataset->notes,
              ElementsAre(HasSubstr("table.csv: line 1 names the columns and "
                                    "is no row: 'x', 'the answer', '3rd'")));
  EXPECT_THAT(Read("1,2\n")->notes, IsEmpty());
}

TEST_F(CsvTest, ShowsTheBeginningOfAWideHeader) {
  std::string names = "x0";
  std::string row = "0";
  for (int i = 1; i < 100; ++i) {
    names += ",x" + std::to_string(i);
    row += ",0";
  }
  const auto dataset = Read(names + "\n" + row + "\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->column_names.size(), 100);
  EXPECT_THAT(dataset->notes, ElementsAre(EndsWith("'x7', ...")));
}

TEST_F(CsvTest, LosesNoRowToWhatOnlyLooksLikeAHeader) {
  for (const char* line : {"1.5,NaN", "inf,1", "1,", ",", ",,", "\"1,500\",2",
                           "\"1,500\",\"2\"", "\"1,500\"", "x,2020", "NA,N/A",
                           "$5,\xe2\x82\xac"
                           "6",
                           "#1,#2", "1e999,x", "-,-", "2020-01-01,3"}) {
    EXPECT_THAT(Read(std::string(line) + "\n1,2\n", {.target_columns = 0}),
                FailsWith(kInvalid, ":1: expected a finite number"))
        << line;
  }
}

TEST_F(CsvTest, TakesNamesOfManyKindsForAHeader) {
  for (const char* line : {"x,y", ",x", "\"x\",\"y\"", "_1,_2", "1st,second",
                           "gr\xc3\xb6\xc3\x9f"
                           "e,m",
                           "\xce\xb1,\xce\xb2", "NA,y"}) {
    const auto dataset = Read(std::string(line) + "\n1,2\n");
    ASSERT_TRUE(dataset.ok()) << line << ": " << dataset.status();
    EXPECT_EQ(dataset->rows, 1) << line;
    EXPECT_EQ(dataset->column_names.size(), 2) << line;
  }
}

TEST_F(CsvTest, ReadsNumericNamesAsARow) {
  EXPECT_EQ(Read("2019,2020\n1,2\n")->rows, 2);
}

TEST_F(CsvTest, RefusesRowsThatDoNotFitTheHeader) {
  EXPECT_THAT(Read("x,y\n1,2,3\n"),
              FailsWith(kInvalid,
                        ":2: expected 2 columns, as line 1 names "
                        "them, got 3"));
  EXPECT_THAT(Read("a title\nx,y\n1,2\n"),
              FailsWith(kInvalid, ":1: expected more than 1 columns"));
  EXPECT_THAT(Read("a title\nx,y\n1,2\n", {.target_columns = 0}),
              FailsWith(kInvalid, ":2: expected 1 columns"));
}

TEST_F(CsvTest, NamesTheColumnOfAWrongCell) {
  EXPECT_THAT(Read("x,mass\n1,2\n3,four\n"),
              FailsWith(kInvalid, "in column 2 ('mass'), got 'four'"));
}

TEST_F(CsvTest, TakesOffAByteOrderMark) {
  const auto plain = Read(
      "\xef\xbb\xbf"
      "1.5,10\n2.5,20\n");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->values, ElementsAre(1.5, 2.5));
  EXPECT_THAT(plain->notes, IsEmpty());
  const auto named = Read(
      "\xef\xbb\xbf"
      "x,y\n1,2\n");
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_THAT(named->column_names, ElementsAre("x", "y"));
  const auto gzipped = ReadCsv(folder_.Write("t.csv.gz", Gzip("\xef\xbb\xbf"
                                                              "1,2\n3,4\n")));
  ASSERT_TRUE(gzipped.ok()) << gzipped.status();
  EXPECT_EQ(gzipped->rows, 2);
  // It is a mark at the beginning of a file alone.
  EXPECT_THAT(Read("1,2\n\xef\xbb\xbf"
                   "3,4\n"),
              FailsWith(kInvalid, ":2: "));
}

TEST_F(CsvTest, SaysThatTextIsUtf16) {
  EXPECT_THAT(Read(std::string("\xff\xfe"
                               "1\0,\0"
                               "2\0\n\0",
                               10)),
              FailsWith(kInvalid, "got UTF-16"));
  EXPECT_THAT(Read(std::string("\xfe\xff\0"
                               "1\0,\0"
                               "2\0\n",
                               10)),
              FailsWith(kInvalid, "got UTF-16"));
}

TEST_F(CsvTest, PassesOverEmptyLinesAtTheEnd) {
  const auto dataset = Read("1,2\n3,4\n\n  \n\r\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 2);
  EXPECT_THAT(Read("1,2\n\n\n3,4\n"),
              FailsWith(kInvalid,
                        ":2: expected a row of numbers, got an empty "
                        "line"));
  EXPECT_THAT(Read("\nx,y\n1,2\n"), FailsWith(kInvalid, ":1: "));
  EXPECT_THAT(Read("\n\n"), FailsWith(kInvalid, "got none"));
}

TEST_F(CsvTest, ReadsLineEndsOfAllSystems) {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string e = end;
    const auto dataset = Read("x,y" + e + "1,2" + e + "3,4" + e);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_THAT(dataset->values, ElementsAre(1, 3));
  }
  EXPECT_EQ(Read("1,2\r3,4")->rows, 2);
}

TEST_F(CsvTest, ReadsNumbersInTheirUsualForms) {
  const auto dataset =
      Read(" 1 ,+2,-3.,.5,1E2,\"7\",\t8\t\n", {.target_columns = 0});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(1, 2, -3, 0.5, 100, 7, 8));
}

TEST_F(CsvTest, ReadsNumbersInFullPrecision) {
  const auto dataset = Read("1700000001,0.1\n");
  ASSERT_TRUE(dataset.ok());
  EXPECT_EQ(dataset->values[0], 1700000001.0);
  EXPECT_EQ(dataset->targets[0], 0.1);
}

TEST_F(CsvTest, RefusesOtherFormsOfNumbers) {
  for (const char* cell : {"0x10", "1_000", "1 000", "1e", "--1", "1d5", "true",
                           "\"1\"\"\"", "1.5f", "\xef\xbc\x95"}) {
    EXPECT_THAT(Read(std::string("1,1\n1,") + cell + "\n"),
                FailsWith(kInvalid, ":2: expected a finite number in column 2"))
        << cell;
  }
  EXPECT_THAT(Read("1,2\n3,1e39\n"), FailsWith(kInvalid, "beyond float32"));
}

TEST_F(CsvTest, RefusesQuotesThatDoNotEnd) {
  for (const char* line : {"1,\"2", "1,\"2\"3", "\"1,2", "1,\""}) {
    EXPECT_THAT(Read(std::string("1,2\n") + line + "\n"),
                FailsWith(kInvalid, ":2: expected each quoted cell to end"))
        << line;
  }
}

TEST_F(CsvTest, SeesSemicolonsAndTabsInLineOneAndSaysSo) {
  const auto semicolons = Read("1.5;2\n3;4\n");
  ASSERT_TRUE(semicolons.ok()) << semicolons.status();
  EXPECT_THAT(semicolons->values, ElementsAre(1.5, 3));
  EXPECT_THAT(semicolons->notes,
              ElementsAre(EndsWith(": cells are separated by semicolons")));
  const auto tabs = Read("x\ty\n1\t2\n");
  ASSERT_TRUE(tabs.ok()) << tabs.status();
  EXPECT_THAT(tabs->column_names, ElementsAre("x", "y"));
  EXPECT_THAT(tabs->notes, Contains(EndsWith("separated by tabs")));
}

TEST_F(CsvTest, ReadsNoDecimalCommas) {
  EXPECT_THAT(Read("x;y\n1,5;2\n"),
              FailsWith(kInvalid,
                        ":2: expected a finite number in column 1 "
                        "('x'), got '1,5'; decimal commas and commas "
                        "within numbers are not read: cells are "
                        "separated by semicolons"));
  EXPECT_THAT(Read("1,2\n3,\"1,500\"\n"),
              FailsWith(kInvalid, "commas within numbers are not read"));
  EXPECT_THAT(Read("1,2\n3,4;5\n"),
              FailsWith(kInvalid, "cells are separated by commas"));
}

TEST_F(CsvTest, ReadsTheColumnsThatAreNamed) {
  const auto dataset =
      Read("id,y,x,z\nrow one,1,2,3\nrow two,4,5,6\n",
           {.target_names = {"z", "y"}, .drop_columns = {"id"}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(1));
  EXPECT_THAT(dataset->values, ElementsAre(2, 5));
  EXPECT_THAT(dataset->targets, ElementsAre(3, 1, 6, 4));
  EXPECT_EQ(dataset->target_size, 2);
  EXPECT_THAT(dataset->column_names, ElementsAre("x", "z", "y"));
}

TEST_F(CsvTest, ReadsNumericNamesAsAHeaderWhereTheTargetIsNamed) {
  const auto dataset = Read("0,1,y\n7,8,9\n", {.target_names = {"y"}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 1);
  EXPECT_THAT(dataset->column_names, ElementsAre("0", "1", "y"));
}

TEST_F(CsvTest, NamesTheLineOfNamesThatAreNotThere) {
  EXPECT_THAT(Read("a,b\n1,2\n", {.target_names = {"y"}}),
              FailsWith(kInvalid, "table.csv:1: --target_column: expected"));
  EXPECT_THAT(Read("1,2\n", {.drop_columns = {"y"}}),
              FailsWith(kInvalid, "table.csv:1: expected a header"));
}

TEST_F(CsvTest, ReadsTextAsLabels) {
  const auto dataset = Read("kind,x\ndog,1\ncat,2\n",
                            {.target_names = {"kind"}, .labels = true});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->labels, ElementsAre(1, 0));
  EXPECT_THAT(dataset->class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(dataset->values, ElementsAre(1, 2));
  EXPECT_THAT(
      Read("1,cat\n2,cow\n", {.labels = true, .class_names = {"cat", "dog"}}),
      FailsWith(kInvalid,
                "table.csv:2: expected a label of the "
                "classes 'cat', 'dog', got 'cow'"));
  EXPECT_THAT(
      Read("x,a,b\n1,2,3\n", {.target_names = {"a", "b"}, .labels = true}),
      FailsWith(kInvalid, "one column of labels, got 2"));
}

TEST_F(CsvTest, SaysThatInputsAreNumbersAndNoneMayBeMissing) {
  EXPECT_THAT(Read("x,y\nred,2\n"),
              FailsWith(kInvalid,
                        ":2: expected a finite number in column 1 "
                        "('x'), got 'red'; text is not read"));
  for (const char* cell : {"", "NA", "NaN", "?", "none"}) {
    EXPECT_THAT(Read(std::string("x,y\n1,2\n") + cell + ",2\n"),
                FailsWith(kInvalid, "missing values are not read"))
        << cell;
  }
}

TEST_F(CsvTest, SaysThatColumnsAreTakenInTheNetworksOrder) {
  const auto dataset =
      Read("b,a\n1,2\n", {.target_columns = 0, .input_names = {"a", "b"}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(2, 1));
  EXPECT_THAT(dataset->column_names, ElementsAre("a", "b"));
  EXPECT_THAT(dataset->notes,
              Contains(EndsWith("in the networks' order: 'a', 'b'")));
}

TEST_F(CsvTest, GivesOtherTablesItsNames) {
  const std::string path =
      folder_.Write("like.csv", "b,a,kind\n1,2,dog\n3,4,cat\n");
  const auto like = OptionsLike(path, {.labels = true});
  ASSERT_TRUE(like.ok()) << like.status();
  EXPECT_THAT(like->input_names, ElementsAre("b", "a"));
  EXPECT_THAT(like->class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(like->output_names, IsEmpty());
  const auto values =
      OptionsLike(folder_.Write("values.csv", "a,y\n1,2\nnot read,\n"), {});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT(values->output_names, ElementsAre("y"));
}

TEST_F(CsvTest, EscapesAndBoundsWhatAnErrorQuotes) {
  const auto dataset =
      Read("1,2\n3,\x1b[31m\x01\xff" + std::string(500, 'x') + "\n");
  EXPECT_THAT(dataset, FailsWith(kInvalid, "got '\\x1b[31m\\x01\\xffxxx"));
  EXPECT_LT(dataset.status().message().size(), 300u);
}

TEST_F(CsvTest, KnowsTablesByTheEndingsOfTheirNames) {
  EXPECT_EQ(CsvEnding("a/t.csv"), ".csv");
  EXPECT_EQ(CsvEnding("T.CSV"), ".CSV");
  EXPECT_EQ(CsvEnding("t.csv.gz"), ".csv.gz");
  EXPECT_EQ(CsvEnding("t.Csv.Gz"), ".Csv.Gz");
  EXPECT_EQ(CsvEnding("t.csv.txt"), "");
  EXPECT_EQ(CsvEnding("t.tsv"), ".tsv");
  EXPECT_EQ(CsvEnding("csv"), "");
}

TEST_F(CsvTest, NamesTheLineOfWhatIsNoNumber) {
  EXPECT_THAT(Read("1,2\n3,four\n"),
              FailsWith(kInvalid,
                        "table.csv:2: expected a finite number in "
                        "column 2, got 'four'"));
  EXPECT_THAT(Read("x,y\n1,2\n3,nan\n"), FailsWith(kInvalid, ":3: "));
  EXPECT_THAT(Read("1,2\n3,inf\n"), FailsWith(kInvalid, ":2: "));
  EXPECT_THAT(Read("1,2\n\n3,4\n"), FailsWith(kInvalid, ":2: "));
  EXPECT_THAT(Read("1,2\n3,1e999\n"), FailsWith(kInvalid, ":2: "));
}

TEST_F(CsvTest, NamesTheLineWithAnotherCountOfColumns) {
  EXPECT_THAT(Read("1,2\n3,4,5\n"),
              FailsWith(kInvalid, ":2: expected 2 columns, got 3"));
}

TEST_F(CsvTest, NamesTheLineWithoutALabel) {
  for (const char* cell : {"-1", "0.5", "65536", "1e30"}) {
    EXPECT_THAT(Read(std::string("1,1\n1,") + cell, {.labels = true}),
                FailsWith(kInvalid, ":2: expected a label"));
  }
}

TEST_F(CsvTest, RefusesAnEmptyTable) {
  EXPECT_THAT(Read(""), FailsWith(kInvalid, "expected rows of numbers"));
  EXPECT_THAT(Read("x,y\n"), FailsWith(kInvalid, "expected rows of numbers"));
}

TEST_F(CsvTest, RefusesTargetsThatLeaveNoInput) {
  EXPECT_THAT(Read("1\n2\n"), FailsWith(kInvalid, "more than 1 columns"));
  EXPECT_THAT(Read("1,2\n", {.target_columns = -1}),
              FailsWith(kInvalid, "got -1"));
}

TEST_F(CsvTest, BoundsTheLengthOfALine) {
  EXPECT_THAT(Read(std::string(kMaxLineBytes + 1, '1')),
              FailsWith(kInvalid, "lines of at most 1048576 bytes"));
}

TEST_F(CsvTest, BoundsTheColumns) {
  std::string line = "1";
  for (int64_t i = 0; i < kMaxCsvColumns; ++i) line += ",1";
  EXPECT_THAT(Read(line), FailsWith(kInvalid, "at most 65536 columns"));
}

}  // namespace
}  // namespace hypergan::data
