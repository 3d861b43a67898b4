#include "base/quoted.h"

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(QuotedTest, EscapesWhatCouldForgeALogLine) {
  EXPECT_EQ(Quoted("plain"), "'plain'");
  EXPECT_EQ(Quoted("a\n2026 \x1b[0m'\xff"), R"('a\n2026 \x1b[0m\'\xff')");
}

TEST(QuotedTest, CutsLongText) {
  EXPECT_EQ(Quoted("abcdef", 6), "'abcdef'");
  EXPECT_EQ(Quoted("abcdefg", 6), "'abcdef...'");
}

TEST(OneLineTest, EscapesWhatCouldForgeALineAndNothingElse) {
  EXPECT_EQ(OneLine("it's \"1\\n\""), "it's \"1\\n\"");
  EXPECT_EQ(OneLine("a\nb\r\x1b[2J\x7f\xc2\x9b"),
            R"(a\nb\x0d\x1b[2J\x7f\xc2\x9b)");
}

TEST(ShellWordTest, IsQuotedWhereAShellWouldReadIntoIt) {
  EXPECT_EQ(ShellWord("--data=models/a_b.csv"), "--data=models/a_b.csv");
  EXPECT_EQ(ShellWord("--data=my table.csv"), "'--data=my table.csv'");
  EXPECT_EQ(ShellWord("it's $HOME"), R"('it'\''s $HOME')");
  EXPECT_EQ(ShellWord("a#b"), "'a#b'");
  EXPECT_EQ(ShellWord(""), "''");
}

TEST(OneLineTest, CutsLongLines) {
  EXPECT_EQ(OneLine("abcdef", 6), "abcdef");
  EXPECT_EQ(OneLine("abcdefg", 6), "abcdef...");
}

}  // namespace
}  // namespace hypergan
