// Both ways to predict, where the rows take several requests.
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/client.h"
#include "tests/client/fake_server.h"
#include "tests/client/predict_by_callback.h"

namespace hypergan::client {
namespace {

constexpr int64_t kRowsPerRequest = 4;  // of DigitsModel

// Unlike FakeServer it is in several calls at a time. Row i of a query is of
// class i modulo 3 and has i as its second number.
class ConcurrentServer final : public v1::EnsembleService::Service {
 public:
  // Called by each request, before it is answered, with its first row.
  using OnRequest = std::function<grpc::Status(grpc::ServerContext& context,
                                               int64_t row, int64_t rows)>;

  explicit ConcurrentServer(OnRequest on_request)
      : on_request_(std::move(on_request)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ConcurrentServer() override {
    server_->Shutdown();
    server_->Wait();
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  static Query Rows(int64_t rows) {
    Query query{.model = "digits",
                .input_shape = {rows, 1, 2, 2},
                .inputs = std::vector<float>(rows * 4)};
    for (int64_t row = 0; row < rows; ++row) {
      query.inputs[row * 4] = static_cast<float>(row % 3);
      query.inputs[row * 4 + 1] = static_cast<float>(row);
    }
    return query;
  }

 private:
  grpc::Status Predict(grpc::ServerContext* context,
                       const v1::PredictRequest* request,
                       v1::PredictResponse* response) override {
    float row = 0;
    std::memcpy(&row, request->inputs().raw().data() + sizeof(float),
                sizeof(float));
    grpc::Status status = on_request_(*context, static_cast<int64_t>(row),
                                      request->inputs().shape(0));
    if (!status.ok()) return status;
    return AnswerDigits(DigitsModel(3), *request, response);
  }

  grpc::Status GetModel(grpc::ServerContext*, const v1::GetModelRequest*,
                        v1::Model* model) override {
    *model = DigitsModel(3);
    return grpc::Status::OK;
  }

  const OnRequest on_request_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// How many requests are in a server now.
class Crowd {
 public:
  void Enter() {
    std::lock_guard lock(mutex_);
    most_ = std::max(most_, ++here_);
    changed_.notify_all();
  }
  void Leave() {
    std::lock_guard lock(mutex_);
    --here_;
  }
  // Has there been a moment with so many? Waits for it.
  bool WaitForMost(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return most_ >= count; });
  }
  int most() {
    std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int here_ = 0;
  int most_ = 0;
};

// Waits until the client has gone. gRPC tells a blocking method only if asked.
bool WaitUntilCancelled(const grpc::ServerContext& context) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!context.IsCancelled()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

using Ask = absl::StatusOr<Prediction> (*)(const Client&, Query);

absl::StatusOr<Prediction> AskAndBlock(const Client& client, Query query) {
  return client.Predict(query);
}

class ManyRequestsTest : public testing::TestWithParam<Ask> {
 protected:
  absl::StatusOr<Prediction> Predict(const ConcurrentServer& server,
                                     int64_t rows) {
    auto client = Client::Connect(server.address(), options_);
    EXPECT_TRUE(client.ok()) << client.status();
    return GetParam()(*client, ConcurrentServer::Rows(rows));
  }

  static void ExpectRowsInOrder(const absl::StatusOr<Prediction>& answer,
                                int64_t rows) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->rows, rows);
    ASSERT_EQ(answer->classes.size(), static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      EXPECT_EQ(answer->classes[row].index, row % 3) << row;
    }
  }

  ClientOptions options_{.deadline = absl::Minutes(5)};
  Crowd crowd_;
};

TEST_P(ManyRequestsTest, HasFourUnderWayAndAnswersInTheOrderOfTheRows) {
  ConcurrentServer server([this](auto&, int64_t row, int64_t) {
    crowd_.Enter();
    EXPECT_TRUE(row == 0 || crowd_.WaitForMost(4));
    crowd_.Leave();
    return grpc::Status::OK;
  });
  ExpectRowsInOrder(Predict(server, 40), 40);
  EXPECT_EQ(crowd_.most(), 4);
}

TEST_P(ManyRequestsTest, EndsTheOthersWhenOneFails) {
  std::atomic<int> cancelled = 0;
  {
    ConcurrentServer server([&](auto& context, int64_t row, int64_t) {
      crowd_.Enter();
      if (row == 0) {
        crowd_.Leave();
        return grpc::Status::OK;
      }
      EXPECT_TRUE(crowd_.WaitForMost(4));
      if (row == kRowsPerRequest) {
        return grpc::Status(grpc::StatusCode::NOT_FOUND, "gone");
      }
      if (WaitUntilCancelled(context)) ++cancelled;
      return grpc::Status::OK;
    });
    EXPECT_EQ(Predict(server, 40).status(), absl::NotFoundError("gone"));
  }
  EXPECT_EQ(cancelled, 3);
}

TEST_P(ManyRequestsTest, ComesBackWithTheOneThatWasRefused) {
  std::atomic<int> times = 0;
  ConcurrentServer server([&](auto& context, int64_t row, int64_t) {
    if (row != 2 * kRowsPerRequest || ++times > 2) return grpc::Status::OK;
    context.AddTrailingMetadata("grpc-retry-pushback-ms", "1");
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  });
  ExpectRowsInOrder(Predict(server, 22), 22);
  EXPECT_EQ(times, 3);
}

TEST_P(ManyRequestsTest, HalvesTheOneThatIsTooLarge) {
  ConcurrentServer server([&](auto&, int64_t row, int64_t rows) {
    const bool holds = row <= 9 && 9 < row + rows;
    if (!holds || rows == 1) return grpc::Status::OK;
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too large");
  });
  ExpectRowsInOrder(Predict(server, 22), 22);
}

INSTANTIATE_TEST_SUITE_P(BothWays, ManyRequestsTest,
                         testing::Values(AskAndBlock, PredictByCallback),
                         [](const auto& way) -> std::string {
                           return way.param == AskAndBlock ? "Blocking"
                                                           : "Asynchronous";
                         });

TEST(PredictAsyncOfManyRequestsTest, EndsWithItsClient) {
  Crowd crowd;
  ConcurrentServer server([&](auto& context, int64_t row, int64_t) {
    crowd.Enter();
    if (row > 0) {
      EXPECT_TRUE(WaitUntilCancelled(context));
    } else {
      crowd.Leave();
    }
    return grpc::Status::OK;
  });
  absl::Status end;
  {
    const auto client = Client::Connect(server.address());
    ASSERT_TRUE(client.ok()) << client.status();
    client->PredictAsync(ConcurrentServer::Rows(40),
                         [&end](auto answer) { end = answer.status(); });
    EXPECT_TRUE(crowd.WaitForMost(4));
  }
  EXPECT_TRUE(absl::IsCancelled(end)) << end;
}

}  // namespace
}  // namespace hypergan::client
