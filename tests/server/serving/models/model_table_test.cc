#include "server/serving/models/model_table.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

ModelTable TableOf(
    const std::vector<std::pair<std::string, int64_t>>& versions) {
  ModelTable table;
  for (const auto& [name, version] : versions) {
    table.Add({name, version,
               std::make_shared<FakeEngine>(ClassifierManifest(), nullptr)});
  }
  return table;
}

TEST(ModelTableTest, ServesTheGreatestVersionUnlessOneIsNamed) {
  const ModelTable table = TableOf({{"m", 9}, {"m", 10}, {"n", 1}});
  EXPECT_EQ(table.size(), 3);
  EXPECT_EQ((*table.Find("m", ""))->version, 10);
  EXPECT_EQ((*table.Find("m", "9"))->version, 9);
  EXPECT_EQ((*table.Find("n", ""))->name, "n");
}

TEST(ModelTableTest, FindsNothingUnderAnyOtherName) {
  const ModelTable table = TableOf({{"m", 1}, {"m", 2}});
  for (const char* name : {"", "M", "m ", "../m"}) {
    EXPECT_EQ(table.Find(name, "").status().code(),
              absl::StatusCode::kNotFound);
  }
  for (const char* version : {"3", "0", "-1", "01", "+1", "1.0", " 1", "x"}) {
    EXPECT_EQ(table.Find("m", version).status().code(),
              absl::StatusCode::kNotFound);
  }
  EXPECT_THAT(std::string(table.Find("m", "3").status().message()),
              HasSubstr("served are 1, 2"));
}

TEST(ModelTableTest, QuotesAndCutsTheNamesItDoesNotKnow) {
  const ModelTable table = TableOf({{"m", 1}});
  const std::string name = "\x1b[31m\n" + std::string(10'000, 'x');
  const auto message = std::string(table.Find(name, "").status().message());
  EXPECT_THAT(message, HasSubstr("\\x1b[31m\\nxxx"));
  EXPECT_LT(message.size(), 200u);
}

}  // namespace
}  // namespace hypergan::server
