#include "client/load/ensemble_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/load/driver.h"
#include "tests/client/fake_server.h"

namespace hypergan::load {
namespace {

using client::AnswerDigits;
using client::FakeServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FirstRowTest, WandersOverTheWholeSet) {
  // Slices of 2 of 5 rows: each follows the one before.
  EXPECT_EQ(FirstRow(0, 2, 5), 0);
  EXPECT_EQ(FirstRow(1, 2, 5), 2);
  EXPECT_EQ(FirstRow(2, 2, 5), 4);
  EXPECT_EQ(FirstRow(3, 2, 5), 1);
}

TEST(FirstRowTest, CutsAnotherSliceForEveryRequest) {
  for (int64_t total : {1, 2, 3, 20, 36}) {
    for (int64_t rows = 1; rows <= total; ++rows) {
      std::set<int64_t> firsts;
      for (int64_t i = 0; i < total; ++i) {
        firsts.insert(FirstRow(i, rows, total));
      }
      EXPECT_EQ(firsts.size(), total) << rows;
      EXPECT_EQ(*firsts.begin(), 0);
      EXPECT_EQ(*firsts.rbegin(), total - 1);
    }
  }
}

TEST(FirstRowTest, HoldsForTheLargestNumbers) {
  const int64_t total = int64_t{1} << 32;
  const int64_t first = FirstRow(kMaxRequests, int64_t{1} << 24, total);
  EXPECT_GE(first, 0);
  EXPECT_LT(first, total);
}

// Ten images of class 0 or 1 in turn, for a model of two classes.
class EnsembleTargetTest : public testing::Test {
 protected:
  EnsembleTargetTest() {
    server_.on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      requests_.push_back(request);
      return AnswerDigits(message_, request, response);
    };
    model_.name = "digits";
    model_.version = "3";
    model_.manifest.input_shape = {1, 2, 2};
    dataset_.row_shape = {1, 2, 2};
    dataset_.rows = 10;
    for (int i = 0; i < 10; ++i) {
      dataset_.pixels.insert(dataset_.pixels.end(), 4, i % 2 == 0 ? 0 : 255);
    }
  }

  absl::StatusOr<std::unique_ptr<Target>> Make(EnsembleQuestion question,
                                               int64_t connections = 1) {
    return MakeEnsembleTarget(server_.address(), options_, connections, model_,
                              dataset_, question);
  }

  // Sends request `index` and waits for its end.
  Reply Ask(Target& target, int64_t index) {
    const std::unique_ptr<Call> call = target.Prepare(index);
    std::promise<void> done;
    call->Send([&done] { done.set_value(); });
    done.get_future().wait();
    server_.Settle();
    return call->Check();
  }

  const v1::Model message_ = client::DigitsModel(2);
  std::vector<v1::PredictRequest> requests_;
  FakeServer server_;
  client::ClientOptions options_;
  client::Model model_;
  data::Dataset dataset_;
};

TEST_F(EnsembleTargetTest, AsksAboutOtherRowsInEveryRequest) {
  const auto target = Make({.rows = 3, .networks = 5});
  ASSERT_TRUE(target.ok()) << target.status();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Ask(**target, i).status.ok());
  ASSERT_EQ(requests_.size(), 4);
  int64_t next = 0;
  for (const v1::PredictRequest& request : requests_) {
    EXPECT_EQ(request.model_name(), "digits");
    EXPECT_EQ(request.model_version(), "3");
    EXPECT_EQ(request.num_networks(), 5);
    EXPECT_FALSE(request.has_seed());
    EXPECT_THAT(request.inputs().shape(), ElementsAre(3, 1, 2, 2));
    std::vector<float> inputs(12);
    ASSERT_EQ(request.inputs().raw().size(), 48);
    std::memcpy(inputs.data(), request.inputs().raw().data(), 48);
    for (int i = 0; i < 3; ++i, ++next) {
      EXPECT_EQ(inputs[4 * i], next % 10 % 2) << next;
    }
  }
}

TEST_F(EnsembleTargetTest, ReadsWhatTheServerSays) {
  const auto target = Make({.rows = 3, .networks = 5});
  const Reply reply = Ask(**target, 0);
  ASSERT_TRUE(reply.status.ok()) << reply.status;
  EXPECT_EQ(reply.rows, 3);
  EXPECT_EQ(reply.networks, 5);
  EXPECT_EQ(reply.sampling, absl::Milliseconds(1));
}

TEST_F(EnsembleTargetTest, WaitsForEverWhereItMay) {
  options_.deadline = absl::InfiniteDuration();
  const auto target = Make({.rows = 1});
  EXPECT_EQ(Ask(**target, 0).status, absl::OkStatus());
}

TEST_F(EnsembleTargetTest, TakesSeedsInTurn) {
  const auto target = Make({.seed = 40, .seeds = 3});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Ask(**target, i).status.ok());
  std::vector<uint64_t> seeds;
  for (const auto& request : requests_) seeds.push_back(request.seed());
  EXPECT_THAT(seeds, ElementsAre(40, 41, 42, 40, 41));
}

TEST_F(EnsembleTargetTest, TellsErrorsAndBadAnswersApart) {
  server_.on_predict = [](const v1::PredictRequest& request,
                          v1::PredictResponse* response) {
    if (request.inputs().shape(0) == 2) {
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
    }
    response->mutable_mean()->add_shape(7);
    return grpc::Status::OK;
  };
  EXPECT_EQ(Ask(**Make({.rows = 2}), 0).status,
            absl::ResourceExhaustedError("full"));
  EXPECT_TRUE(absl::IsInternal(Ask(**Make({.rows = 3}), 0).status));
}

TEST_F(EnsembleTargetTest, EndsACancelledRequest) {
  std::promise<void> release;
  auto released = release.get_future().share();
  server_.on_predict = [released](const v1::PredictRequest&,
                                  v1::PredictResponse*) {
    released.wait();
    return grpc::Status::OK;
  };
  const auto target = Make({});
  const std::unique_ptr<Call> call = (*target)->Prepare(0);
  std::promise<void> done;
  call->Send([&done] { done.set_value(); });
  call->Cancel();
  done.get_future().wait();
  EXPECT_TRUE(absl::IsCancelled(call->Check().status));
  release.set_value();
}

TEST_F(EnsembleTargetTest, DrivesAServerOverSeveralConnections) {
  const auto target = Make({.rows = 2, .networks = 4}, /*connections=*/3);
  const std::atomic<bool> interrupted = false;
  LoadOptions options{.concurrency = 8, .warm_up = absl::ZeroDuration()};
  options.requests = 300;
  options.duration = kMaxDuration;  // however slow the machine
  Driver driver(options, **target, Clock::Steady(), interrupted,
                [](const Moment&) {});
  const Recording recording = driver.Run();
  server_.Settle();
  EXPECT_EQ(requests_.size(), 300);
  EXPECT_EQ(recording.latencies.size(), 300);
  EXPECT_EQ(recording.completed_evaluations, 300 * 2 * 4);
  for (double latency : recording.latencies) EXPECT_GT(latency, 0);
}

TEST_F(EnsembleTargetTest, RefusesWhatItCannotAsk) {
  const auto message = [this](EnsembleQuestion question, int64_t connections) {
    const absl::Status status = Make(question, connections).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(message({.rows = 11}, 1),
              HasSubstr("expected 1 to 10 a request"));
  EXPECT_THAT(message({.rows = 0}, 1), HasSubstr("rows"));
  EXPECT_THAT(message({.seeds = 0}, 1), HasSubstr("seeds"));
  EXPECT_THAT(message({}, 0), HasSubstr("connections: expected 1 to 1000"));
  EXPECT_THAT(message({}, kMaxConnections + 1), HasSubstr("connections"));
  options_.max_send_bytes = 4 * 4 * 2;
  EXPECT_THAT(message({.rows = 3}, 1), HasSubstr("expected 1 to 2 a request"));
  dataset_.row_shape = {1, 1, 4};
  EXPECT_THAT(message({}, 1), HasSubstr("expected rows [1, 2, 2]"));
}

}  // namespace
}  // namespace hypergan::load
