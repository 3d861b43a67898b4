#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace hypergan::client {
namespace {

using ::grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    server_.on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      return AnswerDigits(model_, request, response);
    };
    server_.on_get_model = [this](const v1::GetModelRequest&,
                                  v1::Model* model) {
      *model = model_;
      return grpc::Status::OK;
    };
    options_.clock = &clock_;
  }

  Client Connect() {
    absl::StatusOr<Client> client =
        Client::Connect(server_.address(), options_);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  // Two rows, the digits 1 and 0.
  static Query TwoRows() {
    return {.model = "digits",
            .input_shape = {2, 1, 2, 2},
            .inputs = {1, 0, 0, 0, 0, 0, 0, 0}};
  }

  const v1::Model model_ = DigitsModel(3);
  absl::Notification over_;  // outlives the server's threads
  FakeServer server_;
  FakeClock clock_;
  ClientOptions options_;
};

TEST_F(ClientTest, SendsTheWholeQuestion) {
  v1::PredictRequest sent;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    sent = request;
    return AnswerDigits(model_, request, response);
  };
  Query query = TwoRows();
  query.model_version = "3";
  query.num_networks = 5;
  query.seed = std::numeric_limits<uint64_t>::max();
  query.outputs = {Output::kMean, Output::kVariance, Output::kScores,
                   Output::kClasses};
  query.network_outputs = true;

  ASSERT_TRUE(Connect().Predict(query).ok());
  server_.Settle();

  EXPECT_EQ(sent.model_name(), "digits");
  EXPECT_EQ(sent.model_version(), "3");
  EXPECT_EQ(sent.num_networks(), 5);
  EXPECT_EQ(sent.seed(), std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(sent.inputs().shape(), ElementsAre(2, 1, 2, 2));
  EXPECT_EQ(sent.inputs().raw().size(), 8 * sizeof(float));
  EXPECT_THAT(sent.outputs(),
              ElementsAre(v1::OUTPUT_MEAN, v1::OUTPUT_VARIANCE,
                          v1::OUTPUT_SCORES, v1::OUTPUT_CLASSES));
  EXPECT_TRUE(sent.include_network_outputs());
}

TEST_F(ClientTest, LeavesTheSeedOutUnlessItIsGiven) {
  bool has_seed = true;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    has_seed = request.has_seed();
    return AnswerDigits(model_, request, response);
  };
  ASSERT_TRUE(Connect().Predict(TwoRows()).ok());
  server_.Settle();
  EXPECT_FALSE(has_seed);
}

TEST_F(ClientTest, ReadsTheWholeAnswer) {
  Query query = TwoRows();
  query.network_outputs = true;
  const absl::StatusOr<Prediction> answer = Connect().Predict(query);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->model, "digits");
  EXPECT_EQ(answer->model_version, "3");
  EXPECT_EQ(answer->seed, 77);
  EXPECT_EQ(answer->num_networks, 2);
  EXPECT_EQ(answer->rows, 2);
  EXPECT_EQ(answer->num_outputs, 3);
  EXPECT_THAT(answer->mean,
              ElementsAre(0.05f, 0.9f, 0.05f, 0.9f, 0.05f, 0.05f));
  EXPECT_THAT(answer->variance, testing::Each(0.01f));
  EXPECT_EQ(answer->network_outputs.size(), 2 * 2 * 3);
  ASSERT_EQ(answer->classes.size(), 2);
  EXPECT_EQ(answer->classes[0].index, 1);
  EXPECT_EQ(answer->classes[0].name, "digit 1");
  ASSERT_EQ(answer->scores.size(), 2);
  EXPECT_EQ(answer->scores[0].predictive_entropy, 0.1);
  EXPECT_EQ(answer->scores[0].ood_score, 0.5);
  EXPECT_EQ(answer->scores[0].is_ood, false);
  EXPECT_EQ(answer->sampling, absl::Milliseconds(1));
}

TEST_F(ClientTest, SendsTargetsAndReadsWhyItStopped) {
  v1::PredictRequest sent;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    sent = request;
    const grpc::Status status = AnswerDigits(model_, request, response);
    response->clear_seed();
    response->set_sampling(v1::SAMPLING_POOL);
    response->set_stop_reason(v1::STOP_REASON_TARGET_REACHED);
    response->set_largest_standard_error(0.0625);
    return status;
  };
  Query query = TwoRows();
  query.target_standard_error = 0.125;
  query.max_networks = 300;
  query.allow_partial = true;
  const absl::StatusOr<Prediction> answer = Connect().Predict(query);
  ASSERT_TRUE(answer.ok()) << answer.status();
  server_.Settle();
  EXPECT_EQ(sent.target_standard_error(), 0.125);
  EXPECT_EQ(sent.max_networks(), 300);
  EXPECT_TRUE(sent.allow_partial());
  EXPECT_EQ(answer->seed, std::nullopt);
  EXPECT_EQ(answer->sampling_mode, Sampling::kPool);
  EXPECT_EQ(answer->stop_reason, StopReason::kTargetReached);
  EXPECT_EQ(answer->largest_standard_error, 0.0625);
}

TEST_F(ClientTest, LeavesTargetsOutUnlessTheyAreGiven) {
  v1::PredictRequest sent;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    sent = request;
    return AnswerDigits(model_, request, response);
  };
  ASSERT_TRUE(Connect().Predict(TwoRows()).ok());
  server_.Settle();
  EXPECT_FALSE(sent.has_target_standard_error());
  EXPECT_FALSE(sent.has_max_networks());
  EXPECT_FALSE(sent.allow_partial());
}

TEST_F(ClientTest, ShowsAStreamAndReturnsItsLastAnswer) {
  server_.on_predict_stream = [&](const v1::PredictRequest& request,
                                  FakeServer::Answers* answers) {
    for (const int64_t networks : {8, 16, 32}) {
      v1::PredictResponse response;
      AnswerDigits(model_, request, &response);
      response.set_num_networks(networks);
      if (networks == 32) {
        response.set_stop_reason(v1::STOP_REASON_ALL_NETWORKS);
      }
      answers->Write(response);
    }
    return grpc::Status::OK;
  };
  std::vector<int64_t> seen;
  const auto last =
      Connect().PredictStream(TwoRows(), [&](const Prediction& so_far) {
        seen.push_back(so_far.num_networks);
        return true;
      });
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->num_networks, 32);
  EXPECT_THAT(seen, ElementsAre(8, 16, 32));
}

TEST_F(ClientTest, EndsAStreamThatHasBeenSeenEnoughOf) {
  server_.on_predict_stream = [&](const v1::PredictRequest& request,
                                  FakeServer::Answers* answers) {
    v1::PredictResponse response;
    AnswerDigits(model_, request, &response);
    while (answers->Write(response)) continue;  // until it is cancelled
    return grpc::Status::CANCELLED;
  };
  const auto last = Connect().PredictStream(
      TwoRows(), [](const Prediction&) { return false; });
  EXPECT_TRUE(absl::IsCancelled(last.status())) << last.status();
}

TEST_F(ClientTest, AsksNobodyAgainOnceAStreamIsEnded) {
  server_.on_predict_stream = [&](const v1::PredictRequest& request,
                                  FakeServer::Answers* answers) {
    v1::PredictResponse response;
    AnswerDigits(model_, request, &response);
    // Both are there before the first is looked at; the last is a whole answer.
    answers->Write(response);
    answers->Write(response);
    return grpc::Status::OK;
  };
  int asked = 0;
  const auto last = Connect().PredictStream(
      TwoRows(), [&](const Prediction&) { return ++asked, false; });
  EXPECT_TRUE(absl::IsCancelled(last.status())) << last.status();
  EXPECT_EQ(asked, 1);
}

TEST_F(ClientTest, TellsOfAStreamThatEndsTooSoonOrWithAnError) {
  server_.on_predict_stream = [&](const v1::PredictRequest& request,
                                  FakeServer::Answers* answers) {
    v1::PredictResponse response;
    AnswerDigits(model_, request, &response);
    answers->Write(response);
    return grpc::Status::OK;
  };
  const auto go_on = [](const Prediction&) { return true; };
  EXPECT_TRUE(
      absl::IsInternal(Connect().PredictStream(TwoRows(), go_on).status()));
  server_.on_predict_stream = [](const v1::PredictRequest&,
                                 FakeServer::Answers*) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  };
  EXPECT_EQ(Connect().PredictStream(TwoRows(), go_on).status(),
            absl::ResourceExhaustedError("full"));
  server_.on_predict_stream = [](const v1::PredictRequest&,
                                 FakeServer::Answers* answers) {
    v1::PredictResponse response;
    response.add_scores();  // one, of two rows
    answers->Write(response);
    return grpc::Status::OK;
  };
  EXPECT_TRUE(
      absl::IsInternal(Connect().PredictStream(TwoRows(), go_on).status()));
}

TEST_F(ClientTest, LeavesAbsentScoresAbsent) {
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    grpc::Status status = AnswerDigits(model_, request, response);
    for (v1::Scores& scores : *response->mutable_scores()) {
      scores.Clear();
      scores.set_total_variance(2);
    }
    return status;
  };
  const absl::StatusOr<Prediction> answer = Connect().Predict(TwoRows());
  ASSERT_TRUE(answer.ok());
  const RowScores& scores = answer->scores[0];
  EXPECT_EQ(scores.total_variance, 2);
  EXPECT_FALSE(scores.predictive_entropy.has_value());
  EXPECT_FALSE(scores.expected_entropy.has_value());
  EXPECT_FALSE(scores.mutual_information.has_value());
  EXPECT_FALSE(scores.max_probability.has_value());
  EXPECT_FALSE(scores.ood_score.has_value());
  EXPECT_FALSE(scores.is_ood.has_value());
}

TEST_F(ClientTest, ReadsNumbersThatAreNotRaw) {
  server_.on_predict = [](const v1::PredictRequest&,
                          v1::PredictResponse* response) {
    v1::Tensor& mean = *response->mutable_mean();
    for (int64_t dimension : {2, 1}) mean.add_shape(dimension);
    mean.add_values(4);
    mean.add_values(5);
    return grpc::Status::OK;
  };
  const absl::StatusOr<Prediction> answer = Connect().Predict(TwoRows());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->mean, ElementsAre(4, 5));
}

TEST_F(ClientTest, AsksAgainWhileTheServerIsUnavailable) {
  std::atomic<int> calls = 0;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    if (++calls <= 2) {
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
    }
    return AnswerDigits(model_, request, response);
  };
  const absl::StatusOr<Prediction> answer = Connect().Predict(TwoRows());
  EXPECT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(calls, 3);
}

TEST_F(ClientTest, AsksNobodyAgainWhoIsToAskOnce) {
  std::atomic<int> calls = 0;
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    ++calls;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
  };
  options_.retry.max_attempts = 1;
  EXPECT_EQ(Connect().Predict(TwoRows()).status(),
            absl::UnavailableError("starting"));
  EXPECT_EQ(calls, 1);
}

TEST_F(ClientTest, GivesUpWhenTheAttemptsAreUsedUp) {
  std::atomic<int> calls = 0;
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    ++calls;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting");
  };
  options_.retry = {.max_attempts = 3,
                    .initial_backoff = absl::Milliseconds(1)};
  EXPECT_EQ(Connect().Predict(TwoRows()).status(),
            absl::UnavailableError("starting"));
  EXPECT_EQ(calls, 3);
}

TEST_F(ClientTest, ComesBackToAFullServerWhenItSays) {
  std::atomic<int> calls = 0;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    if (++calls == 1) {
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
    }
    return AnswerDigits(model_, request, response);
  };
  server_.SetPushback("1500");
  EXPECT_TRUE(Connect().Predict(TwoRows()).ok());
  ASSERT_EQ(clock_.sleeps.size(), 1u);
  EXPECT_GE(clock_.sleeps[0], absl::Milliseconds(1500));
}

TEST_F(ClientTest, AsksNoServerThatIsNotServing) {
  server_.Serve(false);
  options_.retry.max_attempts = 1;
  const Client client = Connect();
  EXPECT_TRUE(absl::IsUnavailable(client.Predict(TwoRows()).status()));
  EXPECT_TRUE(server_.authorizations().empty());
  server_.on_check = [](const std::string&, HealthCheckResponse* response) {
    response->set_status(HealthCheckResponse::NOT_SERVING);
    return grpc::Status::OK;
  };
  const absl::StatusOr<Health> health = client.CheckHealth();
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(*health, Health::kNotServing);
}

TEST_F(ClientTest, AsksTheReplicasOfOneNameInTurn) {
  FakeServer other;
  const auto answer = [this](const v1::PredictRequest& request,
                             v1::PredictResponse* response) {
    return AnswerDigits(model_, request, response);
  };
  other.on_predict = answer;
  options_.own_connection = true;
  const auto client = Client::Connect(
      absl::StrCat("ipv4:", server_.address(), ",", other.address()), options_);
  ASSERT_TRUE(client.ok()) << client.status();
  Query query = TwoRows();
  query.input_shape[0] = 1;
  query.inputs.resize(4);
  // Until both are connected: the first calls go to the one that was first.
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (absl::Now() < end &&
         (server_.authorizations().empty() || other.authorizations().empty())) {
    ASSERT_TRUE(client->Predict(query).ok());
  }
  EXPECT_FALSE(server_.authorizations().empty());
  EXPECT_FALSE(other.authorizations().empty());
}

TEST_F(ClientTest, HandsOnOtherErrorsWithTheirTextAtOnce) {
  std::atomic<int> calls = 0;
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    ++calls;
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no model 'digits'");
  };
  EXPECT_EQ(Connect().Predict(TwoRows()).status(),
            absl::NotFoundError("no model 'digits'"));
  EXPECT_EQ(calls, 1);
}

TEST_F(ClientTest, BoundsTheTextOfAnError) {
  server_.on_predict = [](const v1::PredictRequest&, v1::PredictResponse*) {
    return grpc::Status(grpc::StatusCode::INTERNAL, std::string(4000, 'x'));
  };
  EXPECT_EQ(Connect().Predict(TwoRows()).status().message().size(), 1024);
}

TEST_F(ClientTest, EndsAtItsDeadline) {
  server_.on_predict = [&](const v1::PredictRequest&, v1::PredictResponse*) {
    over_.WaitForNotification();
    return grpc::Status::OK;
  };
  options_.deadline = absl::Milliseconds(50);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Connect().Predict(TwoRows()).status()));
  over_.Notify();
}

TEST_F(ClientTest, MayHaveNoDeadlineAtAll) {
  options_.deadline = absl::InfiniteDuration();
  EXPECT_TRUE(Connect().Predict(TwoRows()).ok());
}

TEST_F(ClientTest, RefusesInputsThatDoNotFillTheirShape) {
  const Client client = Connect();
  for (std::vector<int64_t> shape : {std::vector<int64_t>{},
                                     {2, 1, 2, 3},
                                     {-2, 1, 2, -2},
                                     {0, 4},
                                     {int64_t{1} << 62, int64_t{1} << 62, 8}}) {
    Query query = TwoRows();
    query.input_shape = shape;
    const absl::Status status = client.Predict(query).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("got 8"));
  }
}

TEST_F(ClientTest, RefusesAnswersThatDoNotHoldTogether) {
  const std::vector<std::function<void(v1::PredictResponse*)>> damages = {
      [](v1::PredictResponse* answer) {
        answer->mutable_mean()->mutable_raw()->pop_back();
        answer->mutable_mean()->mutable_raw()->resize(20);
      },
      [](v1::PredictResponse* answer) {
        answer->mutable_mean()->set_shape(0, 1);
      },
      [](v1::PredictResponse* answer) {
        answer->mutable_variance()->set_shape(1, 2);
      },
      [](v1::PredictResponse* answer) {
        answer->mutable_mean()->set_shape(1, int64_t{1} << 62);
      },
      [](v1::PredictResponse* answer) {
        answer->mutable_mean()->set_shape(1,
                                          std::numeric_limits<int64_t>::min());
        answer->mutable_mean()->clear_raw();
      },
      [](v1::PredictResponse* answer) { answer->mutable_mean()->Clear(); },
      [](v1::PredictResponse* answer) {
        answer->mutable_scores()->RemoveLast();
      },
      [](v1::PredictResponse* answer) { answer->add_classes(); },
  };
  for (size_t i = 0; i < damages.size(); ++i) {
    server_.on_predict = [&, i](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      grpc::Status status = AnswerDigits(model_, request, response);
      damages[i](response);
      return status;
    };
    const absl::Status status = Connect().Predict(TwoRows()).status();
    EXPECT_TRUE(absl::IsInternal(status)) << "damage " << i << ": " << status;
  }
}

TEST_F(ClientTest, RefusesMessagesBeyondItsLimit) {
  options_.max_receive_bytes = 16;
  EXPECT_TRUE(absl::IsResourceExhausted(Connect().Predict(TwoRows()).status()));
}

TEST_F(ClientTest, ReadsAModel) {
  const absl::StatusOr<Model> model = Connect().GetModel("digits");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->name, "digits");
  EXPECT_EQ(model->version, "3");
  EXPECT_EQ(model->max_networks, 1000);
  EXPECT_EQ(model->max_rows, 4);
  EXPECT_EQ(model->manifest.task, Task::kClassification);
  EXPECT_THAT(model->manifest.input_shape, ElementsAre(1, 2, 2));
  EXPECT_THAT(model->manifest.class_names,
              ElementsAre("digit 0", "digit 1", "digit 2"));
  ASSERT_TRUE(model->manifest.calibration.has_value());
  const Calibration& calibration = *model->manifest.calibration;
  EXPECT_THAT(calibration.quantiles, ElementsAre(0.1, 0.2));
  EXPECT_EQ(calibration.networks, 5);
  ASSERT_EQ(calibration.other_networks.size(), 1u);
  EXPECT_EQ(calibration.other_networks[0].networks, 2);
  EXPECT_THAT(calibration.other_networks[0].quantiles, ElementsAre(0.3));
  EXPECT_EQ(model->manifest.provenance.at("dataset"), "made up");
  EXPECT_EQ(model->manifest.validation.at("accuracy"), 0.5);
}

TEST_F(ClientTest, NamesTheModelItAsksFor) {
  v1::GetModelRequest sent;
  server_.on_get_model = [&](const v1::GetModelRequest& request, v1::Model*) {
    sent = request;
    return grpc::Status::OK;
  };
  ASSERT_TRUE(Connect().GetModel("digits", "2").ok());
  server_.Settle();
  EXPECT_EQ(sent.model_name(), "digits");
  EXPECT_EQ(sent.model_version(), "2");
}

TEST_F(ClientTest, ListsModelsInTheServersOrder) {
  server_.on_list_models = [](v1::ListModelsResponse* response) {
    response->add_models()->set_name("b");
    response->add_models()->set_name("a");
    return grpc::Status::OK;
  };
  const absl::StatusOr<std::vector<Model>> models = Connect().ListModels();
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 2);
  EXPECT_EQ((*models)[0].name, "b");
  EXPECT_EQ((*models)[1].name, "a");
}

TEST_F(ClientTest, ReadsEveryStateOfHealth) {
  HealthCheckResponse::ServingStatus state;
  std::string asked;
  server_.on_check = [&](const std::string& service,
                         HealthCheckResponse* response) {
    asked = service;
    response->set_status(state);
    return grpc::Status::OK;
  };
  const Client client = Connect();
  for (auto [sent, read] :
       {std::pair{HealthCheckResponse::SERVING, Health::kServing},
        {HealthCheckResponse::NOT_SERVING, Health::kNotServing},
        {HealthCheckResponse::UNKNOWN, Health::kUnknown},
        {HealthCheckResponse::SERVICE_UNKNOWN, Health::kServiceUnknown}}) {
    state = sent;
    server_.Settle();
    const absl::StatusOr<Health> health = client.CheckHealth("a.Service");
    server_.Settle();
    ASSERT_TRUE(health.ok());
    EXPECT_EQ(*health, read);
    EXPECT_EQ(asked, "a.Service");
  }
}

TEST_F(ClientTest, TellsAnUnknownServiceFromAnError) {
  server_.on_check = [](const std::string&, HealthCheckResponse*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "unknown service");
  };
  const absl::StatusOr<Health> health = Connect().CheckHealth("nobody");
  ASSERT_TRUE(health.ok());
  EXPECT_EQ(*health, Health::kServiceUnknown);
}

TEST_F(ClientTest, LosesNoCallWhenItsConnectionsAreOld) {
  FakeServer server(absl::Milliseconds(20));
  server.on_get_model = [this](const v1::GetModelRequest&, v1::Model* model) {
    *model = model_;
    return grpc::Status::OK;
  };
  server.on_predict = [this](const v1::PredictRequest& request,
                             v1::PredictResponse* response) {
    return AnswerDigits(model_, request, response);
  };
  options_.own_connection = true;
  const auto client = Client::Connect(server.address(), options_);
  ASSERT_TRUE(client.ok()) << client.status();
  // As many as take several connections.
  const absl::Time end = absl::Now() + absl::Milliseconds(500);
  while (absl::Now() < end) {
    const auto answer = client->Predict(TwoRows());
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
}

TEST_F(ClientTest, MayBeUsedFromSeveralThreads) {
  options_.clock = &Clock::System();
  const Client client = Connect();
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        if (client.Predict(TwoRows()).ok()) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 20);
}

}  // namespace
}  // namespace hypergan::client
