#include "server/rpc/v1/ensemble_service.h"

#include <atomic>
#include <cmath>
#include <future>
#include <stdexcept>
#include <thread>

#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "server/rpc/v1/tensor_codec.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class EnsembleServiceTest : public RpcFixture {
 protected:
  void ExpectRefused(const v1::PredictRequest& request, grpc::StatusCode code,
                     const char* message) {
    const grpc::Status status = Predict(request);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(message));
  }
};

TEST_F(EnsembleServiceTest, AnswersWithEveryField) {
  draw_hook_ = [this](absl::Span<const NetworkRange>, const Interrupt&) {
    clock_.Advance(absl::Milliseconds(2));
    return absl::OkStatus();
  };
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    clock_.Advance(absl::Milliseconds(1500));
    return absl::OkStatus();
  };
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(4);
  request.set_include_network_outputs(true);
  v1::PredictResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();

  EXPECT_EQ(response.model_name(), "classifier");
  EXPECT_EQ(response.model_version(), "2");
  EXPECT_EQ(response.seed(), 42u);
  EXPECT_EQ(response.num_networks(), 4);
  EXPECT_THAT(response.mean().shape(), ElementsAre(2, 3));
  EXPECT_THAT(response.variance().shape(), ElementsAre(2, 3));
  EXPECT_THAT(response.network_outputs().shape(), ElementsAre(4, 2, 3));

  const auto outputs = *DecodeTensor(response.network_outputs(), 24);
  for (int n = 0; n < 4; ++n) {
    EXPECT_FLOAT_EQ(outputs[6 * n + 2], FakeEngine::Output(1, 2, 42, n));
    EXPECT_FLOAT_EQ(outputs[6 * n + 4], FakeEngine::Output(-4, 1, 42, n));
  }
  const double mean = (outputs[2] + outputs[8] + outputs[14] + outputs[20]) / 4;
  double squares = 0;
  for (int n = 0; n < 4; ++n) squares += std::pow(outputs[6 * n + 2] - mean, 2);
  EXPECT_THAT((*DecodeTensor(response.mean(), 6))[2], FloatEq(mean));
  EXPECT_THAT((*DecodeTensor(response.variance(), 6))[2], FloatEq(squares / 3));

  ASSERT_THAT(response.scores(), SizeIs(2));
  const v1::Scores& inside = response.scores(1);
  EXPECT_EQ(inside.predictive_entropy(), 0.75);
  EXPECT_EQ(inside.expected_entropy(), 0.5);
  EXPECT_EQ(inside.mutual_information(), 0.25);
  EXPECT_EQ(inside.max_probability(), 0.625);
  EXPECT_GT(inside.total_variance(), 0);
  EXPECT_TRUE(inside.has_ood_score());
  EXPECT_EQ(inside.ood_score(), 0);
  EXPECT_TRUE(inside.has_is_ood());
  EXPECT_FALSE(inside.is_ood());
  EXPECT_EQ(response.scores(0).ood_score(), 1);
  EXPECT_TRUE(response.scores(0).is_ood());

  ASSERT_THAT(response.classes(), SizeIs(2));
  EXPECT_EQ(response.classes(0).index(), 2);
  EXPECT_EQ(response.classes(0).name(), "yes");
  EXPECT_EQ(response.classes(1).index(), 0);
  EXPECT_EQ(response.classes(1).name(), "no");

  EXPECT_EQ(response.timing().queue().seconds(), 0);
  EXPECT_TRUE(response.timing().has_queue());
  EXPECT_EQ(response.timing().sampling().nanos(), 2'000'000);
  EXPECT_EQ(response.timing().prediction().seconds(), 1);
  EXPECT_EQ(response.timing().prediction().nanos(), 500'000'000);
}

TEST_F(EnsembleServiceTest, LeavesOutScoresThatARegressionHasNot) {
  StartAndServe();
  v1::PredictRequest request;
  request.set_model_name("regression");
  request.mutable_inputs()->add_shape(1);
  request.mutable_inputs()->add_shape(1);
  request.mutable_inputs()->add_values(3);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.num_networks(), 5);
  EXPECT_THAT(response.classes(), IsEmpty());
  ASSERT_THAT(response.scores(), SizeIs(1));
  EXPECT_FALSE(response.scores(0).has_predictive_entropy());
  EXPECT_FALSE(response.scores(0).has_expected_entropy());
  EXPECT_FALSE(response.scores(0).has_mutual_information());
  EXPECT_FALSE(response.scores(0).has_max_probability());
  EXPECT_FALSE(response.scores(0).has_ood_score());
  EXPECT_FALSE(response.scores(0).has_is_ood());
  EXPECT_GT(response.scores(0).total_variance(), 0);
  EXPECT_THAT(MetricsText(), Not(HasSubstr("Nan")));
}

TEST_F(EnsembleServiceTest, ReadsRawBytesAndNumbersAlike) {
  StartAndServe();
  v1::PredictRequest raw = GoodRequest();
  const std::vector<float> values(raw.inputs().values().begin(),
                                  raw.inputs().values().end());
  EncodeTensor({2, 2, 2}, values, raw.mutable_inputs());
  raw.mutable_inputs()->clear_values();
  v1::PredictResponse of_values, of_raw;
  ASSERT_TRUE(Predict(GoodRequest(), &of_values).ok());
  ASSERT_TRUE(Predict(raw, &of_raw).ok());
  EXPECT_EQ(*DecodeTensor(of_values.mean(), 6),
            *DecodeTensor(of_raw.mean(), 6));
}

TEST_F(EnsembleServiceTest, AnswersRawBytesWithRawBytesAndNumbersWithNumbers) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_include_network_outputs(true);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  for (const v1::Tensor* tensor :
       {&response.mean(), &response.variance(), &response.network_outputs()}) {
    EXPECT_TRUE(tensor->raw().empty());
    EXPECT_THAT(tensor->values(), Not(IsEmpty()));
  }
  const std::vector<float> values(request.inputs().values().begin(),
                                  request.inputs().values().end());
  EncodeTensor({2, 2, 2}, values, request.mutable_inputs());
  request.mutable_inputs()->clear_values();
  ASSERT_TRUE(Predict(request, &response).ok());
  for (const v1::Tensor* tensor :
       {&response.mean(), &response.variance(), &response.network_outputs()}) {
    EXPECT_FALSE(tensor->raw().empty());
    EXPECT_THAT(tensor->values(), IsEmpty());
  }
}

TEST_F(EnsembleServiceTest, UsesTheModelsDefaultNumberOfNetworks) {
  StartAndServe();
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(GoodRequest(), &response).ok());
  EXPECT_EQ(response.num_networks(), 10);
}

TEST_F(EnsembleServiceTest, GivesZeroVarianceForOneNetwork) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(1);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_THAT(*DecodeTensor(response.variance(), 6), testing::Each(FloatEq(0)));
}

TEST_F(EnsembleServiceTest, KeepsEverySeedItIsGiven) {
  StartAndServe();
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1} << 63, ~uint64_t{0}}) {
    v1::PredictRequest request = GoodRequest();
    request.set_seed(seed);
    v1::PredictResponse response;
    ASSERT_TRUE(Predict(request, &response).ok());
    EXPECT_EQ(response.seed(), seed);
  }
}

TEST_F(EnsembleServiceTest, DrawsASeedAndTellsWhichGivesTheAnswerAgain) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.clear_seed();
  v1::PredictResponse first, second, again;
  ASSERT_TRUE(Predict(request, &first).ok());
  ASSERT_TRUE(Predict(request, &second).ok());
  EXPECT_NE(first.seed(), second.seed());
  request.set_seed(first.seed());
  ASSERT_TRUE(Predict(request, &again).ok());
  EXPECT_EQ(*DecodeTensor(again.mean(), 6), *DecodeTensor(first.mean(), 6));
}

TEST_F(EnsembleServiceTest, StopsAtATargetAndSaysWhy) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_target_standard_error(0.05);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.stop_reason(), v1::STOP_REASON_TARGET_REACHED);
  EXPECT_EQ(response.num_networks(), 64);
  EXPECT_LE(response.largest_standard_error(), 0.05);
  EXPECT_EQ(response.sampling(), v1::SAMPLING_SEEDED);
  // Its N and seed give the same answer without a target.
  v1::PredictRequest again = GoodRequest();
  again.set_num_networks(64);
  v1::PredictResponse same;
  ASSERT_TRUE(Predict(again, &same).ok());
  EXPECT_EQ(*DecodeTensor(same.mean(), 6), *DecodeTensor(response.mean(), 6));
  EXPECT_EQ(same.stop_reason(), v1::STOP_REASON_ALL_NETWORKS);

  request.set_max_networks(20);
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.stop_reason(), v1::STOP_REASON_MAX_NETWORKS);
  EXPECT_EQ(response.num_networks(), 20);
}

TEST_F(EnsembleServiceTest, AnswersInPartAtTheDeadlineAndSaysSo) {
  std::atomic<int> pieces = 0;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt&) {
    if (++pieces % 2 == 0) clock_.Advance(absl::Seconds(60));
    return absl::OkStatus();
  };
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(100);
  EXPECT_TRUE(Predict(request).ok());  // in one piece
  pieces = 0;
  request.set_allow_partial(true);
  request.set_include_network_outputs(true);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.stop_reason(), v1::STOP_REASON_DEADLINE);
  EXPECT_EQ(response.num_networks(), 8);
  EXPECT_THAT(response.network_outputs().shape(), ElementsAre(8, 2, 3));
}

TEST_F(EnsembleServiceTest, RefusesTargetsThatMeanNothing) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_target_standard_error(std::nan(""));
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "target_standard_error");
  request.set_target_standard_error(-1);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "target_standard_error");
  request.clear_target_standard_error();
  request.set_max_networks(10);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "max_networks");
}

TEST_F(EnsembleServiceTest, ClaimsNoSeedForNetworksOfAPool) {
  sampling_.mode = SamplingMode::kPool;
  sampling_.pool_networks = 16;
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.clear_seed();
  v1::PredictResponse first, second;
  ASSERT_TRUE(Predict(request, &first).ok());
  EXPECT_EQ(first.sampling(), v1::SAMPLING_FRESH);
  EXPECT_TRUE(first.has_seed());
  ASSERT_TRUE(Predict(request, &second).ok());
  EXPECT_EQ(second.sampling(), v1::SAMPLING_POOL);
  EXPECT_FALSE(second.has_seed());
}

TEST_F(EnsembleServiceTest, SendsOnlyTheWantedOutputs) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.add_outputs(v1::OUTPUT_VARIANCE);
  request.add_outputs(v1::OUTPUT_CLASSES);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_FALSE(response.has_mean());
  EXPECT_TRUE(response.has_variance());
  EXPECT_THAT(response.scores(), IsEmpty());
  EXPECT_THAT(response.classes(), SizeIs(2));
  EXPECT_FALSE(response.has_network_outputs());
}

TEST_F(EnsembleServiceTest, RefusesOutputsItDoesNotKnowOrHasSeen) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.add_outputs(v1::OUTPUT_MEAN);
  request.add_outputs(v1::OUTPUT_MEAN);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "twice 1");
  for (const int unknown : {0, 5, -1, 1'000'000}) {
    request.clear_outputs();
    request.add_outputs(static_cast<v1::Output>(unknown));
    ExpectRefused(request, grpc::INVALID_ARGUMENT, "unknown");
  }
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, RefusesBadInputsSayingWhatItExpected) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.mutable_inputs()->set_shape(2, 3);
  ExpectRefused(request, grpc::INVALID_ARGUMENT,
                "expected [B, 2, 2] with B >= 1, got [2, 2, 3]");
  request = GoodRequest();
  request.mutable_inputs()->add_values(1);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "expected 8");
  request = GoodRequest();
  request.mutable_inputs()->set_raw("1234");
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "got both");
  request = GoodRequest();
  request.clear_inputs();
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "inputs.shape");
  request = GoodRequest();
  request.mutable_inputs()->set_values(5, std::nanf(""));
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "position 5");
  request = GoodRequest();
  request.set_num_networks(10'001);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "1..10000");
  request.set_num_networks(-3);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "got -3");
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, FindsNoModelOrVersionItDoesNotServe) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_model_version("3");
  ExpectRefused(request, grpc::NOT_FOUND, "served are 1, 2");
  request.set_model_version("1");
  v1::PredictResponse response;
  EXPECT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.model_version(), "1");
  request.set_model_name("../classifier");
  ExpectRefused(request, grpc::NOT_FOUND, "classifier, regression");
}

TEST_F(EnsembleServiceTest, RefusesRequestsThatAreTooLarge) {
  limits_.max_rows = 1;
  StartAndServe();
  ExpectRefused(GoodRequest(), grpc::RESOURCE_EXHAUSTED, "at most 1 ");
}

TEST_F(EnsembleServiceTest, RefusesNetworkOutputsThatWouldNotFit) {
  limits_.max_response_bytes = 10'000;
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(1000);
  EXPECT_TRUE(Predict(request).ok());
  request.set_include_network_outputs(true);
  ExpectRefused(request, grpc::RESOURCE_EXHAUSTED, "bytes of the response");
}

TEST_F(EnsembleServiceTest, IsUnavailableUntilItServesAndWhenItDrains) {
  Start();
  ExpectRefused(GoodRequest(), grpc::UNAVAILABLE, "starting");
  Serve();
  ExpectStillServing();
  models_.Drain();
  ExpectRefused(GoodRequest(), grpc::UNAVAILABLE, "shutting down");

  grpc::ClientContext list_context, get_context;
  v1::ListModelsResponse models;
  EXPECT_EQ(stub_->ListModels(&list_context, {}, &models).error_code(),
            grpc::UNAVAILABLE);
  v1::Model model;
  EXPECT_EQ(stub_->GetModel(&get_context, {}, &model).error_code(),
            grpc::UNAVAILABLE);
}

TEST_F(EnsembleServiceTest, AnswersForAModelThatHasNoMetrics) {
  StartAndServe();
  auto table = std::make_shared<ModelTable>();
  table->Add(
      {"classifier", 3, std::make_shared<FakeEngine>(ClassifierManifest())});
  models_.Serve(std::move(table));
  v1::PredictRequest request = GoodRequest();
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_EQ(response.model_version(), "3");
  request.mutable_inputs()->set_values(5, 3e38f);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "got row 1,");
  EXPECT_THAT(MetricsText(), Not(HasSubstr("version=\"3\"")));
}

TEST_F(EnsembleServiceTest, RefusesInputsThatOverflowWithoutALineInTheLog) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.mutable_inputs()->set_values(5, 3e38f);
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "got row 1,");
  EXPECT_TRUE(LogLines().empty());
  EXPECT_THAT(MetricsText(), HasSubstr("{code=\"INVALID_ARGUMENT\",model="
                                       "\"classifier\",version=\"2\"} 1"));
}

TEST_F(EnsembleServiceTest, RefusesInputsWhoseVarianceOverflows) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.mutable_inputs()->set_values(5, 1e26f);
  ExpectRefused(request, grpc::INVALID_ARGUMENT,
                "a variance that float32 holds, got row 1,");
  EXPECT_TRUE(LogLines().empty());
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_total_variance_count{model=\"classifier\","
                        "version=\"2\"} 0"));
  // One network has none that could.
  request.set_num_networks(1);
  EXPECT_TRUE(Predict(request).ok());
}

TEST_F(EnsembleServiceTest, LeavesOutWhatOneNetworkCannotTell) {
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(1);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  ASSERT_THAT(response.scores(), SizeIs(2));
  const v1::Scores& scores = response.scores(0);
  EXPECT_TRUE(scores.has_predictive_entropy());
  EXPECT_TRUE(scores.has_expected_entropy());
  EXPECT_TRUE(scores.has_max_probability());
  EXPECT_FALSE(scores.has_mutual_information());
  EXPECT_FALSE(scores.has_total_variance());
  EXPECT_FALSE(scores.has_ood_score());
  EXPECT_FALSE(scores.has_is_ood());
  EXPECT_FALSE(response.has_largest_standard_error());
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_judged_rows_total{model=\"classifier\","
                        "version=\"2\"} 0"));
}

TEST_F(EnsembleServiceTest, AnswersAFullQueueAtOnce) {
  limits_.max_queued_requests = 1;
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    gate_.Pass();
    return absl::OkStatus();
  };
  StartAndServe();
  std::vector<std::thread> clients;
  clients.emplace_back([this] { ExpectStillServing(); });
  gate_.WaitUntilReached();
  // Of two more one waits and one is refused, whichever comes first.
  grpc::Status statuses[2];
  std::atomic<int> refused = 0;
  for (grpc::Status& status : statuses) {
    clients.emplace_back([this, &status, &refused] {
      status = Predict(GoodRequest());
      if (status.error_code() == grpc::RESOURCE_EXHAUSTED) {
        ++refused;
        gate_.Open();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(statuses[0].ok() != statuses[1].ok());
}

// Two bytes on the wire are some forty in memory.
TEST_F(EnsembleServiceTest, CountsAMessageAsItLiesInMemory) {
  limits_.max_queued_bytes = 1 << 20;
  StartAndServe();
  v1::PredictRequest request = GoodRequest();
  google::protobuf::UnknownFieldSet* unknown =
      request.GetReflection()->MutableUnknownFields(&request);
  for (int i = 0; i < 100'000; ++i) unknown->AddGroup(15);
  ASSERT_LT(request.ByteSizeLong(), limits_.max_queued_bytes / 4);
  EXPECT_EQ(Predict(request).error_code(), grpc::RESOURCE_EXHAUSTED);
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, StopsBetweenPiecesWhenTheClientCancels) {
  std::promise<absl::Status> ended;
  std::atomic<bool> first = true;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt& interrupt) {
    if (!first.exchange(false)) return absl::OkStatus();
    gate_.Pass();
    absl::Status status;
    while ((status = interrupt()).ok()) std::this_thread::yield();
    ended.set_value(status);
    return status;
  };
  StartAndServe();
  grpc::ClientContext context;
  grpc::Status answer;
  std::thread client([&] {
    v1::PredictResponse response;
    answer = stub_->Predict(&context, GoodRequest(), &response);
  });
  gate_.WaitUntilReached();
  context.TryCancel();
  gate_.Open();
  EXPECT_EQ(ended.get_future().get().code(), absl::StatusCode::kCancelled);
  client.join();
  EXPECT_EQ(answer.error_code(), grpc::CANCELLED);
  ExpectStillServing();
  EXPECT_THAT(MetricsText(), HasSubstr("{code=\"CANCELLED\",model="
                                       "\"classifier\",version=\"2\"} 1"));
}

TEST_F(EnsembleServiceTest, StopsBetweenPiecesAtTheClientsDeadline) {
  std::atomic<bool> first = true;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt& interrupt) {
    if (!first.exchange(false)) return absl::OkStatus();
    EXPECT_TRUE(interrupt().ok());
    clock_.Advance(absl::Seconds(31));
    return interrupt();
  };
  limits_.max_request_time = absl::Hours(1);
  StartAndServe();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  v1::PredictResponse response;
  EXPECT_EQ(stub_->Predict(&context, GoodRequest(), &response).error_code(),
            grpc::DEADLINE_EXCEEDED);
}

TEST_F(EnsembleServiceTest, TakesADeadlineForTheTimeThatIsLeft) {
  clock_.Advance(absl::Hours(10'000));  // far from the time of day
  StartAndServe();
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, EndsRequestsWithoutADeadlineAtItsOwn) {
  std::atomic<bool> first = true;
  hook_ = [&](const FakeEngine::Piece&, const Interrupt&) {
    if (first.exchange(false)) clock_.Advance(absl::Seconds(60));
    return absl::OkStatus();  // the fake asks between its pieces
  };
  StartAndServe();
  grpc::ClientContext context;
  v1::PredictResponse response;
  EXPECT_EQ(stub_->Predict(&context, GoodRequest(), &response).error_code(),
            grpc::DEADLINE_EXCEEDED);
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, TellsTheLogAndNotTheClientOfInternalErrors) {
  hook_ = [](const FakeEngine::Piece&, const Interrupt&) {
    return absl::InternalError("secret of the model");
  };
  StartAndServe();
  const grpc::Status status = Predict(GoodRequest());
  EXPECT_EQ(status.error_code(), grpc::INTERNAL);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
  EXPECT_THAT(LogLines(), Contains(HasSubstr("secret of the model")));
}

TEST_F(EnsembleServiceTest, SurvivesWhateverTheModelThrows) {
  int call = 0;
  hook_ = [&call](const FakeEngine::Piece&, const Interrupt&) -> absl::Status {
    switch (++call) {
      case 1:
        throw std::runtime_error("secret");
      case 2:
        throw 42;
      case 3:
        throw std::bad_alloc();
      default:
        return absl::OkStatus();
    }
  };
  StartAndServe();
  EXPECT_EQ(Predict(GoodRequest()).error_code(), grpc::INTERNAL);
  EXPECT_EQ(Predict(GoodRequest()).error_code(), grpc::INTERNAL);
  EXPECT_EQ(Predict(GoodRequest()).error_code(), grpc::RESOURCE_EXHAUSTED);
  ExpectStillServing();
}

TEST_F(EnsembleServiceTest, CountsRequestsUnderTheModelsItServesAlone) {
  StartAndServe();
  ExpectStillServing();
  v1::PredictRequest request = GoodRequest();
  request.set_num_networks(-1);
  Predict(request);
  request.set_model_name("stranger");
  Predict(request);
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("hypergan_requests_total{code=\"OK\",model="
                              "\"classifier\",version=\"2\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("hypergan_requests_total{code=\"INVALID_ARGUMENT\","
                        "model=\"classifier\",version=\"2\"} 1"));
  EXPECT_THAT(text, HasSubstr("hypergan_requests_total{code=\"NOT_FOUND\","
                              "model=\"\",version=\"\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("stranger")));
  EXPECT_THAT(text, HasSubstr("hypergan_rows_total{model=\"classifier\","
                              "version=\"2\"} 2"));
  EXPECT_THAT(text, HasSubstr("hypergan_ood_rows_total{model=\"classifier\","
                              "version=\"2\"} 1"));
  EXPECT_THAT(text, HasSubstr("hypergan_queue_duration_seconds_count{model="
                              "\"classifier\",version=\"2\"} 1"));
}

TEST_F(EnsembleServiceTest, LogsRequestsWhenAskedTo) {
  log_requests_ = true;
  StartAndServe();
  ExpectStillServing();
  v1::PredictRequest request = GoodRequest();
  request.set_model_name("new\nline");
  Predict(request);
  EXPECT_THAT(LogLines(),
              Contains(testing::MatchesRegex(
                  "event=call method=/hypergan.v1.EnsembleService/Predict "
                  "code=OK model=classifier version=2 peer=ipv4:127.0.0.1:.* "
                  "id=[0-9a-f]* rows=2 networks=10 seed=42 queue_ms=[0-9.]* "
                  "sampling_ms=[0-9.]* prediction_ms=[0-9.]* "
                  "total_ms=[0-9.]*")));
  EXPECT_THAT(LogLines(), Contains(HasSubstr("model=\"new\\\\nline\"")));
  EXPECT_THAT(LogLines(), Not(Contains(HasSubstr("\n"))));
}

TEST_F(EnsembleServiceTest, LogsNoRequestsOtherwise) {
  StartAndServe();
  ExpectStillServing();
  EXPECT_THAT(LogLines(), IsEmpty());
}

TEST_F(EnsembleServiceTest, ListsItsModelsByNameThenVersion) {
  StartAndServe();
  grpc::ClientContext context;
  v1::ListModelsResponse response;
  ASSERT_TRUE(stub_->ListModels(&context, {}, &response).ok());
  std::vector<std::string> names;
  for (const v1::Model& model : response.models()) {
    names.push_back(model.name() + ":" + model.version());
  }
  EXPECT_THAT(names,
              ElementsAre("classifier:1", "classifier:2", "regression:7"));
}

TEST_F(EnsembleServiceTest, DescribesAModelInFull) {
  StartAndServe();
  grpc::ClientContext context;
  v1::GetModelRequest request;
  request.set_model_name("classifier");
  v1::Model model;
  ASSERT_TRUE(stub_->GetModel(&context, request, &model).ok());
  EXPECT_EQ(model.version(), "2");
  EXPECT_EQ(model.max_networks(), 10'000);
  EXPECT_EQ(model.max_rows(), 4096);
  EXPECT_EQ(model.max_row_networks(), 640'000);
  EXPECT_EQ(model.max_request_bytes(), int64_t{16} << 20);
  EXPECT_EQ(model.max_response_bytes(), int64_t{64} << 20);
  EXPECT_EQ(model.manifest_json(), ManifestToJson(ClassifierManifest()));
  const v1::Manifest& manifest = model.manifest();
  EXPECT_EQ(manifest.format_version(), 1);
  EXPECT_EQ(manifest.task(), v1::TASK_CLASSIFICATION);
  EXPECT_EQ(manifest.noise_size(), 4);
  EXPECT_THAT(manifest.input_shape(), ElementsAre(2, 2));
  EXPECT_EQ(manifest.num_outputs(), 3);
  EXPECT_THAT(manifest.class_names(), ElementsAre("no", "maybe", "yes"));
  EXPECT_EQ(manifest.default_num_networks(), 10);
  EXPECT_EQ(manifest.target_network(), "fake");
  EXPECT_EQ(manifest.calibration().primary_score(), "predictive_entropy");
  EXPECT_EQ(manifest.calibration().rows(), 100);
  EXPECT_EQ(manifest.calibration().threshold(), 0.95);
  EXPECT_THAT(manifest.calibration().quantiles(), ElementsAre(0, 0.5, 1));
  EXPECT_EQ(manifest.calibration().networks(), 10);
  ASSERT_THAT(manifest.calibration().other_networks(), SizeIs(1));
  EXPECT_EQ(manifest.calibration().other_networks(0).networks(), 2);
  EXPECT_THAT(manifest.calibration().other_networks(0).quantiles(),
              ElementsAre(0, 0.25));
  EXPECT_EQ(manifest.provenance().at("data_set"), "none");
  EXPECT_EQ(manifest.validation().at("accuracy"), 0.5);
}

TEST_F(EnsembleServiceTest, DescribesARegressionWithoutCalibration) {
  StartAndServe();
  grpc::ClientContext context;
  v1::GetModelRequest request;
  request.set_model_name("regression");
  request.set_model_version("7");
  v1::Model model;
  ASSERT_TRUE(stub_->GetModel(&context, request, &model).ok());
  EXPECT_EQ(model.manifest().task(), v1::TASK_REGRESSION);
  EXPECT_FALSE(model.manifest().has_calibration());

  grpc::ClientContext other;
  request.set_model_version("8");
  EXPECT_EQ(stub_->GetModel(&other, request, &model).error_code(),
            grpc::NOT_FOUND);
}

TEST_F(EnsembleServiceTest, AnswersManyClientsAtOnceEachWithItsOwn) {
  limits_.max_queued_requests = 1000;
  StartAndServe();
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([this, c] {
      for (int i = 0; i < 20; ++i) {
        v1::PredictRequest request = GoodRequest();
        request.set_seed(100 * c + i);
        v1::PredictResponse response;
        ASSERT_TRUE(Predict(request, &response).ok());
        EXPECT_EQ(response.seed(), static_cast<uint64_t>(100 * c + i));
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace hypergan::server
