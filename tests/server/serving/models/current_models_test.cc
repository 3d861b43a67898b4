#include "server/serving/models/current_models.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

TEST(CurrentModelsTest, AreNoneBeforeTheyAreServed) {
  const CurrentModels models;
  const absl::Status status = models.Get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("starting"));
}

TEST(CurrentModelsTest, AreThoseThatWereServedLast) {
  CurrentModels models;
  const auto first = std::make_shared<const ModelTable>();
  const auto second = std::make_shared<const ModelTable>();
  models.Serve(first);
  EXPECT_EQ(*models.Get(), first);
  models.Serve(second);
  EXPECT_EQ(*models.Get(), second);
}

TEST(CurrentModelsTest, AreNoneOnceTheServerDrains) {
  CurrentModels models;
  models.Drain();
  models.Serve(std::make_shared<const ModelTable>());
  const absl::Status status = models.Get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("shutting down"));
}

}  // namespace
}  // namespace hypergan::server
