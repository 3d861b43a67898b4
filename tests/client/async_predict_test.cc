#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "absl/synchronization/notification.h"
#include "client/client.h"
#include "tests/client/fake_server.h"
#include "tests/client/predict_by_callback.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// A model that takes four rows a request.
class PredictAsyncTest : public testing::Test {
 protected:
  PredictAsyncTest() {
    server_.on_get_model = [this](const v1::GetModelRequest&,
                                  v1::Model* model) {
      *model = model_;
      return grpc::Status::OK;
    };
    server_.on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      sizes_.push_back(request.inputs().shape(0));
      return AnswerDigits(model_, request, response);
    };
  }

  Client Connect() {
    auto client = Client::Connect(server_.address(), options_);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  // So many rows, all the digit 0.
  static Query Zeros(int64_t rows) {
    return {.model = "digits",
            .input_shape = {rows, 1, 2, 2},
            .inputs = std::vector<float>(rows * 4, 0.0f)};
  }

  const v1::Model model_ = DigitsModel(3);
  std::vector<int64_t> sizes_;  // of the requests
  absl::Notification over_;     // outlives the server's threads
  FakeServer server_;
  ClientOptions options_;
};

TEST_F(PredictAsyncTest, AnswersAsPredictDoes) {
  const absl::StatusOr<Prediction> answer =
      PredictByCallback(Connect(), Zeros(1));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->rows, 1);
  EXPECT_EQ(answer->num_networks, 2);
  EXPECT_THAT(answer->mean, ElementsAre(0.9f, 0.05f, 0.05f));
}

TEST_F(PredictAsyncTest, CutsWhatIsTooMuchForOneRequest) {
  const absl::StatusOr<Prediction> answer =
      PredictByCallback(Connect(), Zeros(9));
  server_.Settle();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->rows, 9);
  // The first goes alone; the others are under way at the same time.
  EXPECT_THAT(sizes_, UnorderedElementsAre(4, 4, 1));
  EXPECT_EQ(sizes_.front(), 4);
}

TEST_F(PredictAsyncTest, HalvesRequestsThatAreTooLargeAfterAll) {
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    sizes_.push_back(request.inputs().shape(0));
    if (sizes_.back() > 1) {
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too large");
    }
    return AnswerDigits(model_, request, response);
  };
  const absl::StatusOr<Prediction> answer =
      PredictByCallback(Connect(), Zeros(3));
  server_.Settle();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(sizes_, ElementsAre(3, 2, 1, 1, 1));
}

TEST_F(PredictAsyncTest, HandsOnErrors) {
  server_.on_predict = [](const v1::PredictRequest&, v1::PredictResponse*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no model 'digits'");
  };
  const Client client = Connect();
  EXPECT_EQ(PredictByCallback(client, Zeros(1)).status(),
            absl::NotFoundError("no model 'digits'"));
  Query query = Zeros(1);
  query.inputs.pop_back();
  EXPECT_TRUE(
      absl::IsInvalidArgument(PredictByCallback(client, query).status()));
  server_.on_get_model = [](const v1::GetModelRequest&, v1::Model*) {
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "old");
  };
  EXPECT_EQ(PredictByCallback(client, Zeros(2)).status(),
            absl::UnimplementedError("old"));
}

TEST_F(PredictAsyncTest, ComesBackToAFullServerWhenItSays) {
  server_.SetPushback("1");
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    sizes_.push_back(request.inputs().shape(0));
    if (sizes_.size() == 1) {
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
    }
    return AnswerDigits(model_, request, response);
  };
  EXPECT_TRUE(PredictByCallback(Connect(), Zeros(2)).ok());
  server_.Settle();
  EXPECT_THAT(sizes_, ElementsAre(2, 2));
}

TEST_F(PredictAsyncTest, EndsWhenItIsCancelled) {
  absl::Notification arrived;
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    arrived.Notify();
    over_.WaitForNotification();
    return grpc::Status::OK;
  };
  absl::Notification done;
  absl::Status status;
  const Client client = Connect();
  const auto cancel = client.PredictAsync(Zeros(1), [&](auto answer) {
    status = answer.status();
    done.Notify();
  });
  arrived.WaitForNotification();
  cancel();
  done.WaitForNotification();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  cancel();  // of what has ended: nothing
  over_.Notify();
}

TEST_F(PredictAsyncTest, EndsInAPauseWhenItIsCancelled) {
  absl::Notification arrived;
  server_.SetPushback("20000");
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    arrived.Notify();
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  };
  options_.deadline = absl::Minutes(10);
  absl::Notification done;
  absl::Status status;
  const Client client = Connect();
  const auto cancel = client.PredictAsync(Zeros(1), [&](auto answer) {
    status = answer.status();
    done.Notify();
  });
  arrived.WaitForNotification();
  cancel();  // in the call still, or in the pause
  ASSERT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(15)));
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

TEST_F(PredictAsyncTest, EndsAtItsDeadline) {
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    over_.WaitForNotification();
    return grpc::Status::OK;
  };
  options_.deadline = absl::Milliseconds(50);
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      PredictByCallback(Connect(), Zeros(1)).status()));
  over_.Notify();
}

TEST_F(PredictAsyncTest, EndsWithItsClient) {
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    over_.WaitForNotification();
    return grpc::Status::OK;
  };
  std::vector<absl::Status> ends(3);
  {
    const Client client = Connect();
    for (absl::Status& end : ends) {
      client.PredictAsync(Zeros(1),
                          [&end](auto answer) { end = answer.status(); });
    }
  }
  for (const absl::Status& end : ends) {
    EXPECT_TRUE(absl::IsCancelled(end)) << end;
  }
  over_.Notify();
}

TEST_F(PredictAsyncTest, AnswersManyAtOnce) {
  constexpr int kMany = 50;
  const Client client = Connect();
  absl::Notification done;
  std::atomic<int> answered = 0;
  for (int i = 0; i < kMany; ++i) {
    client.PredictAsync(Zeros(1 + i % 6), [&, i](auto answer) {
      EXPECT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer.ok() ? answer->rows : 0, 1 + i % 6);
      if (++answered == kMany) done.Notify();
    });
  }
  done.WaitForNotification();
}

}  // namespace
}  // namespace hypergan::client
