#include "server/serving/event.h"

#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace hypergan::server {
namespace {

TEST(EventTest, IsALineOfNamesAndValues) {
  const std::vector<Field> fields = {
      {"event", "call"},  {"rows", int64_t{-2}}, {"seed", ~uint64_t{0}},
      {"total_ms", 1.25}, {"path", "/a.B/C"},    {"none", ""}};
  EXPECT_EQ(TextOf(fields),
            "event=call rows=-2 seed=18446744073709551615 total_ms=1.250 "
            "path=/a.B/C none=\"\"");
  EXPECT_EQ(JsonOf(fields),
            R"({"event":"call","rows":-2,"seed":18446744073709551615,)"
            R"("total_ms":1.250,"path":"/a.B/C","none":""})");
}

TEST(EventTest, StringsCannotEndTheLineNorMakeFields) {
  const std::string bad = "a b=c\"\\\n\x01\x7f\xc3\xa9";
  const std::vector<Field> fields = {{"id", bad}};
  EXPECT_EQ(TextOf(fields), R"(id="a b=c\"\\\\n\\x01\\x7f\\xc3\\xa9")");
  EXPECT_EQ(nlohmann::json::parse(JsonOf(fields)).at("id"),
            R"(a b=c"\\n\x01\x7f\xc3\xa9)");
}

TEST(EventTest, StringsAreCut) {
  const std::string longest(512, 'a');
  const std::vector<Field> whole = {{"id", longest}};
  EXPECT_EQ(TextOf(whole), "id=" + longest);
  const std::string longer(10'000, 'a');
  const std::vector<Field> cut = {{"id", longer}};
  EXPECT_EQ(TextOf(cut), "id=\"" + longest + "...\"");
  EXPECT_EQ(JsonOf(cut), "{\"id\":\"" + longest + "...\"}");
}

TEST(EventTest, JsonHasNoInfinity) {
  const std::vector<Field> fields = {
      {"a", std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(JsonOf(fields), R"({"a":null})");
}

}  // namespace
}  // namespace hypergan::server
