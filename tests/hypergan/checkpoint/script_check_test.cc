#include "hypergan/checkpoint/script_check.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string WhyRefused(const std::string& source) {
  const absl::Status status = CheckScript(source);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ScriptCheckTest, TakesOrdinarySource) {
  EXPECT_TRUE(CheckScript("").ok());
  EXPECT_TRUE(CheckScript("def f(self,\n    x: Tensor) -> List[Tensor]:\n"
                          "  # it's a comment ((((\n"
                          "  y = \"((((\\\"\" + 'it' + \"\"\"a\nb\"\"\"\n"
                          "  return [x, x]\n")
                  .ok());
}

TEST(ScriptCheckTest, TakesWhatIsLongAndNotDeep) {
  EXPECT_TRUE(CheckScript("x = [" + Repeated("1, ", 100'000) + "]\n").ok());
  EXPECT_TRUE(
      CheckScript("x = [" + Repeated("(1, 2), ", 100'000) + "]\n").ok());
  EXPECT_TRUE(CheckScript(Repeated("x = x + 1\n", 100'000)).ok());
}

TEST(ScriptCheckTest, RefusesWhatNestsDeep) {
  constexpr int kMany = 3000;
  const auto around = [](const std::string& open, const std::string& close) {
    return "x = 1\nx = " + Repeated(open, kMany) + "1" + Repeated(close, kMany);
  };
  for (const char* open : {"(", "[", "{", "List[", "f(", "[0, "}) {
    EXPECT_THAT(WhyRefused(around(open, "")), HasSubstr("line 2: too many br"));
  }
  for (const char* chain : {"-", "not ", "1 + ", "1**", "1 if x else ",
                            "True and ", "a.", "\"a\" "}) {
    EXPECT_THAT(WhyRefused(around(chain, "")), HasSubstr("too long")) << chain;
  }
  for (const char* chain : {".a", "[0]", "[0, 0]", "(1, 2)", ".f(1,\n 2)"}) {
    EXPECT_THAT(WhyRefused(around("", chain)), HasSubstr("too long")) << chain;
  }
  std::string stairs;
  for (int i = 0; i < kMany; ++i) stairs += std::string(i, ' ') + "if x:\n";
  EXPECT_THAT(WhyRefused(stairs), HasSubstr("line 514: it is indented"));
  EXPECT_THAT(WhyRefused(Repeated("elif x:\n  pass\n", kMany)),
              HasSubstr("elif"));
}

TEST(ScriptCheckTest, AddsUpWhatIsDeepTogether) {
  // None of the 20 levels is too long by itself.
  std::string expression = "1";
  for (int i = 0; i < 20; ++i) {
    expression = "(" + expression + ")" + Repeated("+1", 100);
  }
  EXPECT_THAT(WhyRefused("x = " + expression), HasSubstr("too long"));
  expression = "1";
  for (int i = 0; i < 20; ++i) {
    expression = "[" + expression + Repeated("+1", 100) + ", 2]";
  }
  EXPECT_THAT(WhyRefused("x = " + expression), HasSubstr("too long"));
}

TEST(ScriptCheckTest, RefusesWhatIsNotClosedOrOpened) {
  EXPECT_THAT(WhyRefused("x = 'a\n"), HasSubstr("string without an end"));
  EXPECT_THAT(WhyRefused("x = \"\"\"a\n"), HasSubstr("string without an end"));
  EXPECT_THAT(WhyRefused("x = )"), HasSubstr("not opened"));
  EXPECT_THAT(WhyRefused("x = 1 + \\\n1"), HasSubstr("continued"));
}

}  // namespace
}  // namespace hypergan
