#include "server/serving/access/token_table.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "abcdefghijklmnopqrst";
// echo -n abcdefghijklmnopqrst | sha256sum
constexpr char kDigest[] =
    "dd65eea0329dcb94b17187af9dff28c31a1d78026737a16af75979a1fa4618e5";

std::string TokenOfBytes(size_t size) { return std::string(size, 'x'); }

void ExpectRefused(const std::string& text, const char* why) {
  const auto table = TokenTable::Parse(text);
  ASSERT_FALSE(table.ok()) << text.substr(0, 100);
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(table.status().message()), HasSubstr(why));
}

TEST(TokenTableTest, KnowsWhoseATokenIsAndWhatItOpens) {
  const auto table = TokenTable::Parse(
      absl::StrCat("# name token models\n\n  ana\t", kToken,
                   " mnist,prices \r\nben ", TokenOfBytes(16), " *"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->size(), 2u);
  const TokenTable::Entry* ana = table->Find(kToken);
  ASSERT_NE(ana, nullptr);
  EXPECT_EQ(ana->name, "ana");
  EXPECT_THAT(*ana->models, ElementsAre("mnist", "prices"));
  EXPECT_EQ(table->Find(TokenOfBytes(16))->models, nullptr);
  EXPECT_THAT(table->NamedModels(), ElementsAre("mnist", "prices"));
}

TEST(TokenTableTest, FindsNothingElse) {
  const auto table = TokenTable::Parse(
      absl::StrCat("ana ", kToken, " *\nben ", TokenOfBytes(512), " *"));
  ASSERT_TRUE(table.ok()) << table.status();
  for (const std::string& other :
       {std::string(), std::string("a"), absl::StrCat(kToken, "u"),
        std::string(kToken).substr(1), absl::StrCat(kToken, " "),
        std::string("ana"), TokenOfBytes(511), TokenOfBytes(513),
        TokenOfBytes(1 << 20), std::string(20, '\0')}) {
    EXPECT_EQ(table->Find(other), nullptr) << other.substr(0, 40);
  }
}

TEST(TokenTableTest, TakesADigestForTheToken) {
  const auto table =
      TokenTable::Parse(absl::StrCat("ana sha256:", kDigest, " *"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_NE(table->Find(kToken), nullptr);
  EXPECT_EQ(table->Find(absl::StrCat("sha256:", kDigest)), nullptr);
  EXPECT_EQ(table->Find(kDigest), nullptr);
}

TEST(TokenTableTest, OneNameMayHaveTwoTokens) {
  const auto table = TokenTable::Parse(
      absl::StrCat("ana ", kToken, " a\nana ", TokenOfBytes(20), " b"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->Find(kToken)->name, table->Find(TokenOfBytes(20))->name);
}

TEST(TokenTableTest, RefusesLinesThatAreNone) {
  ExpectRefused("", "expected tokens, got none");
  ExpectRefused("# nothing\n", "expected tokens, got none");
  ExpectRefused("ana", "line 1: expected three columns");
  ExpectRefused("\nana token", "line 2: expected three columns");
  ExpectRefused(absl::StrCat("ana ", kToken, " a, b"), "got 4");
  ExpectRefused(absl::StrCat("a/b ", kToken, " *"), "line 1: name: expected");
  ExpectRefused(absl::StrCat("ana ", kToken, " a,"), "models: expected");
  ExpectRefused(absl::StrCat("ana ", kToken, " a/b"), "models: expected");
  ExpectRefused("ana sha256:12 *", "expected 64 hexadecimal digits");
  ExpectRefused(absl::StrCat("ana ", kToken, " *\nben ", kToken, " *"),
                "line 2: expected each token once");
  ExpectRefused(absl::StrCat("ana ", kToken, " *\nben sha256:", kDigest, " *"),
                "line 2: expected each token once");
  ExpectRefused(std::string("ana abcdefghijklmnop\0qrst *", 27),
                "token: expected");
  ExpectRefused(std::string(1 << 20, '\0'), "line 1: expected three columns");
}

TEST(TokenTableTest, EachBoundHolds) {
  const auto line = [](const std::string& name, const std::string& token,
                       const std::string& models) {
    return absl::StrCat(name, " ", token, " ", models, "\n");
  };
  EXPECT_TRUE(TokenTable::Parse(line(std::string(64, 'n'), kToken, "*")).ok());
  ExpectRefused(line(std::string(65, 'n'), kToken, "*"), "name: expected");
  EXPECT_TRUE(TokenTable::Parse(line("a", TokenOfBytes(512), "*")).ok());
  ExpectRefused(line("a", TokenOfBytes(513), "*"), "got 513 characters");
  ExpectRefused(line("a", TokenOfBytes(15), "*"), "got 15 characters");
  EXPECT_TRUE(TokenTable::Parse(line("a", kToken, std::string(128, 'm'))).ok());
  ExpectRefused(line("a", kToken, std::string(129, 'm')), "models: expected");

  std::string models = "m0";
  for (int i = 1; i < 1000; ++i) absl::StrAppend(&models, ",m", i);
  EXPECT_TRUE(TokenTable::Parse(line("a", kToken, models)).ok());
  ExpectRefused(line("a", kToken, models + ",m1000"), "at most 1000");

  std::string tokens;
  for (int i = 0; i < 1000; ++i) {
    tokens += line("a", absl::StrCat(kToken, i), "*");
  }
  EXPECT_TRUE(TokenTable::Parse(tokens).ok());
  ExpectRefused(tokens + line("a", kToken, "*"),
                "line 1001: expected at most 1000 tokens");
}

TEST(TokenTableTest, DoesNotShowATokenThatItRefuses) {
  const auto table = TokenTable::Parse("ana 0123456789abcdef! *");
  EXPECT_THAT(std::string(table.status().message()),
              Not(HasSubstr("0123456789")));
}

}  // namespace
}  // namespace hypergan::server
