#include "trainer/methods/method_table.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

TEST(MethodTableTest, NamesAreFoundAgain) {
  for (const MethodEntry& entry : Methods()) {
    EXPECT_EQ(ParseMethod(entry.name).value(), entry.method);
    EXPECT_EQ(MethodName(entry.method), entry.name);
    EXPECT_FALSE(entry.title.empty());
  }
}

TEST(MethodTableTest, AnotherNameIsAnsweredWithThoseThereAre) {
  const auto parsed = ParseMethod("laplace");
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parsed.status().message()),
              ::testing::HasSubstr(
                  "hypergan, deep-ensemble, mc-dropout, mean-field, mnf, sgld, "
                  "apd, hmc, got 'laplace'"));
}

TEST(MethodTableTest, NoBaselineTrainsForFewerEpochsThanAHyperGan) {
  for (const MethodEntry& entry : Methods()) {
    EXPECT_GE(entry.recipe.epochs, 1) << entry.name;
    EXPECT_GE(entry.recipe.epochs_with_starts, 1) << entry.name;
    EXPECT_GE(entry.recipe.epochs_with_repulsion, 1) << entry.name;
    EXPECT_GE(entry.recipe.curve_epochs,
              EntryOf(Method::kHyperGan).recipe.curve_epochs)
        << entry.name;
  }
}

}  // namespace
}  // namespace hypergan::trainer
