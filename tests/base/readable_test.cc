#include "base/readable.h"

#include <gtest/gtest.h>

namespace hypergan {
namespace {

TEST(ReadableTest, KeepsTextOfEveryScript) {
  for (const char* text :
       {"it's a \"path\"\\file",
        "Gr\xc3\xb6\xc3\x9f"
        "e",
        "\xe6\x95\xb0\xe6\x8d\xae", "\xf0\x9f\x90\xa6", ""}) {
    EXPECT_EQ(Readable(text), text);
  }
}

TEST(ReadableTest, EscapesWhatCouldSteerATerminalOrForgeALine) {
  EXPECT_EQ(Readable("a\nb\r\t\x1b[0m\x7f"), "a\\x0ab\\x0d\\x09\\x1b[0m\\x7f");
  EXPECT_EQ(Readable(std::string("a\0b", 3)), "a\\x00b");
  // Controls, line ends and marks of direction beyond ASCII.
  EXPECT_EQ(Readable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(Readable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");
  EXPECT_EQ(Readable("\xe2\x80\xae"), "\\xe2\\x80\\xae");
}

TEST(ReadableTest, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(Readable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(Readable("\xc3"), "\\xc3");
  EXPECT_EQ(Readable("\xc0\xaf"), "\\xc0\\xaf");           // too long a form
  EXPECT_EQ(Readable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Readable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(Readable("\xe6\x95"), "\\xe6\\x95");
}

TEST(ReadableTest, CutsLongText) {
  EXPECT_EQ(Readable("abcdef", 6), "abcdef");
  EXPECT_EQ(Readable("abcdefg", 6), "abcdef...");
  EXPECT_LT(Readable(std::string(100'000, '\xff')).size(), 1100u);
}

TEST(ReadableTest, KeepsTheCodeOfAnError) {
  const absl::Status status = Readable(absl::NotFoundError("no \n file"));
  EXPECT_EQ(status, absl::NotFoundError("no \\x0a file"));
  EXPECT_TRUE(Readable(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace hypergan
