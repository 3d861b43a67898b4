#include "client/cli/ask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/client/fake_server.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;

// A model that takes four rows a request, and seven images to ask it about:
// image i is of the class i % 2.
class AskTest : public testing::Test {
 protected:
  AskTest() {
    server_.on_get_model = [this](const v1::GetModelRequest&,
                                  v1::Model* model) {
      *model = message_;
      return grpc::Status::OK;
    };
    server_.on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      requests_.push_back(request);
      return AnswerDigits(message_, request, response);
    };
    client_ = std::make_unique<Client>(*Client::Connect(server_.address()));
    model_ = *client_->GetModel("digits");
    dataset_.row_shape = {1, 2, 2};
    dataset_.rows = 7;
    for (int i = 0; i < 7; ++i) {
      const uint8_t level = i % 2 == 0 ? 0 : 255;
      dataset_.pixels.insert(dataset_.pixels.end(), 4, level);
    }
  }

  absl::StatusOr<Prediction> AskAll(const AskOptions& options = {}) {
    server_.Settle();
    auto answer =
        Ask(*client_, model_, dataset_, {0, 1, 2, 3, 4, 5, 6}, options,
            [this](int64_t done) { progress_.push_back(done); });
    server_.Settle();
    return answer;
  }

  const v1::Model message_ = DigitsModel(2);
  std::vector<v1::PredictRequest> requests_;
  FakeServer server_;
  std::unique_ptr<Client> client_;
  Model model_;
  data::Dataset dataset_;
  std::vector<int64_t> progress_;
};

TEST_F(AskTest, SplitsWhatIsTooMuchForOneRequest) {
  const absl::StatusOr<Prediction> answer = AskAll();
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(requests_.size(), 2);
  EXPECT_THAT(requests_[0].inputs().shape(), ElementsAre(4, 1, 2, 2));
  EXPECT_THAT(requests_[1].inputs().shape(), ElementsAre(3, 1, 2, 2));
  EXPECT_THAT(progress_, ElementsAre(4, 7));
  EXPECT_EQ(answer->rows, 7);
  EXPECT_EQ(answer->mean.size(), 14);
  EXPECT_EQ(answer->variance.size(), 14);
  EXPECT_EQ(answer->scores.size(), 7);
  ASSERT_EQ(answer->classes.size(), 7);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(answer->classes[i].index, i % 2);
  EXPECT_EQ(answer->sampling, absl::Milliseconds(2));
}

TEST_F(AskTest, AsksTheSameNetworksAboutEveryPiece) {
  ASSERT_TRUE(AskAll().ok());
  ASSERT_EQ(requests_.size(), 2);
  EXPECT_TRUE(requests_[0].has_seed());
  EXPECT_EQ(requests_[1].seed(), requests_[0].seed());
  EXPECT_EQ(requests_[0].model_version(), "3");
}

TEST_F(AskTest, PutsNetworkOutputsOfAllPiecesInOrder) {
  const auto answer = AskAll({.network_outputs = true});
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->network_outputs.size(), 2 * 7 * 2);
  for (int n = 0; n < 2; ++n) {
    for (int i = 0; i < 7 * 2; ++i) {
      EXPECT_EQ(answer->network_outputs[n * 14 + i],
                answer->mean[i] + 10.0f * n);
    }
  }
}

TEST_F(AskTest, RefusesImagesOfAnotherShape) {
  dataset_.row_shape = {1, 1, 4};
  const absl::Status status = AskAll().status();
  EXPECT_EQ(status, absl::InvalidArgumentError(
                        "inputs: expected rows [1, 2, 2] as digits takes them, "
                        "got [1, 1, 4]; --resize resizes images to fit"));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(AskTest, TakesATablesColumnsInAnyShape) {
  dataset_.pixels.clear();
  dataset_.row_shape = {4};
  dataset_.values.assign(28, 1.0f);
  EXPECT_TRUE(AskAll().ok());
}

TEST_F(AskTest, AsksOneRequestWithATargetOrForPartialAnswers) {
  EXPECT_TRUE(AskAll({.target_standard_error = 0.1}).ok());
  EXPECT_TRUE(AskAll({.allow_partial = true}).ok());
  EXPECT_EQ(requests_.size(), 2u);
}

// Networks of a pool are of no seed, but those of the second request must be
// the first one's.
TEST_F(AskTest, NamesASeedToAPoolThatIsAskedTwice) {
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    requests_.push_back(request);
    grpc::Status status = AnswerDigits(message_, request, response);
    if (!request.has_seed()) response->clear_seed();
    return status;
  };
  const auto answer = AskAll();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->seed.has_value());
}

TEST_F(AskTest, AsksAboutFewerRowsWhatIsTooMuchAfterAll) {
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    requests_.push_back(request);
    if (request.inputs().shape(0) > 2) {
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too large");
    }
    return AnswerDigits(message_, request, response);
  };
  const auto answer = AskAll();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->rows, 7);
  EXPECT_EQ(requests_.size(), 5u);
}

TEST_F(AskTest, StopsAtTheFirstErrorOfAnotherKind) {
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse*) {
    requests_.push_back(request);
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "gone");
  };
  EXPECT_EQ(AskAll().status(), absl::NotFoundError("gone"));
  EXPECT_EQ(requests_.size(), 1);
}

TEST_F(AskTest, RefusesAnswersThatLackSomething) {
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    grpc::Status status = AnswerDigits(message_, request, response);
    response->clear_classes();
    return status;
  };
  EXPECT_TRUE(absl::IsInternal(AskAll().status()));
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    grpc::Status status = AnswerDigits(message_, request, response);
    response->mutable_classes(0)->set_index(2);
    return status;
  };
  EXPECT_TRUE(absl::IsInternal(AskAll().status()));
}

}  // namespace
}  // namespace hypergan::client
