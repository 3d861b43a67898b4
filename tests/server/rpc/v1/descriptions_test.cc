#include "server/rpc/v1/descriptions.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "gtest/gtest.h"
#include "hypergan/v1/ensemble.pb.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "name:version" of the models and of the failures that a caller sees.
struct Seen {
  std::vector<std::string> models, failures;
};
Seen SeenBy(const Descriptions& descriptions,
            std::shared_ptr<const ModelNames> models) {
  Caller caller;
  caller.models = std::move(models);
  grpc::ByteBuffer bytes = descriptions.List(caller).value();
  v1::ListModelsResponse list;
  grpc::ProtoBufferReader reader(&bytes);
  EXPECT_TRUE(list.ParseFromZeroCopyStream(&reader));
  Seen seen;
  for (const auto& model : list.models()) {
    seen.models.push_back(model.name() + ":" + model.version());
  }
  for (const auto& failure : list.failures()) {
    EXPECT_EQ(failure.reason(), "damaged");
    seen.failures.push_back(failure.name() + ":" + failure.version());
  }
  return seen;
}

TEST(DescriptionsTest, ACallerSeesItsOwnModelsAndTheirFailures) {
  ModelTable table;
  for (const char* name : {"a", "b"}) {
    table.Add({.name = name,
               .version = 1,
               .engine = std::make_shared<FakeEngine>(ClassifierManifest())});
    table.AddFailure({.name = name, .version = 2, .reason = "damaged"});
  }
  table.AddFailure({.name = "c", .version = 0, .reason = "damaged"});
  const auto descriptions = Descriptions::Of(table, Limits());
  ASSERT_TRUE(descriptions.ok()) << descriptions.status();

  const Seen all = SeenBy(*descriptions, nullptr);
  EXPECT_THAT(all.models, ElementsAre("a:1", "b:1"));
  EXPECT_THAT(all.failures, ElementsAre("a:2", "b:2", "c:"));

  const Seen some =
      SeenBy(*descriptions, std::make_shared<ModelNames>(ModelNames{"b", "c"}));
  EXPECT_THAT(some.models, ElementsAre("b:1"));
  EXPECT_THAT(some.failures, ElementsAre("b:2", "c:"));

  const Seen none = SeenBy(*descriptions, std::make_shared<ModelNames>());
  EXPECT_THAT(none.models, IsEmpty());
  EXPECT_THAT(none.failures, IsEmpty());
}

}  // namespace
}  // namespace hypergan::server
