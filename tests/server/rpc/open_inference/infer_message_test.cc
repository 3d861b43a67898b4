#include "server/rpc/open_inference/infer_message.h"

#include <cmath>
#include <functional>

#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/open_inference/open_inference_fixture.h"

namespace hypergan::server::open_inference {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;
using testing::Not;
using testing::SizeIs;

class InferMessageTest : public OpenInferenceFixture {
 protected:
  void ExpectRefused(const ModelInferRequest& request, grpc::StatusCode code,
                     const std::string& reason) {
    ModelInferResponse response;
    const grpc::Status status = Infer(request, &response);
    EXPECT_EQ(status.error_code(), code) << reason;
    EXPECT_THAT(status.error_message(), HasSubstr(reason));
  }
  // A good request, changed, is no longer good.
  void ExpectInvalid(const std::function<void(ModelInferRequest&)>& change,
                     const std::string& reason) {
    ModelInferRequest request = GoodInfer();
    change(request);
    ExpectRefused(request, grpc::INVALID_ARGUMENT, reason);
  }

  // Calls ModelInfer with these bytes for a message.
  grpc::StatusCode InferBytes(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = grpc::GenericStub(channel_).PrepareUnaryCall(
        &context, "/inference.GRPCInferenceService/ModelInfer", request,
        &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status.error_code();
  }

  // Moves the numbers of a good request into raw contents.
  static void MakeRaw(ModelInferRequest& request) {
    auto& contents = *request.mutable_inputs(0)->mutable_contents();
    request.add_raw_input_contents(BytesOf<float>(contents.fp32_contents()));
    request.mutable_inputs(0)->clear_contents();
  }
};

TEST_F(InferMessageTest, AnswersWhatPredictDoes) {
  StartAndServe();
  v1::PredictResponse expected;
  ASSERT_TRUE(Predict(GoodRequest(), &expected).ok());
  ModelInferResponse response;
  const grpc::Status status = Infer(GoodInfer(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();

  EXPECT_EQ(response.model_name(), "classifier");
  EXPECT_EQ(response.model_version(), "2");
  EXPECT_THAT(
      Names(response),
      ElementsAre("mean", "variance", "predictive_entropy", "expected_entropy",
                  "mutual_information", "total_variance", "max_probability",
                  "ood_score", "is_ood", "class", "class_name"));
  ASSERT_EQ(response.raw_output_contents_size(), response.outputs_size());
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(2, 3));
  EXPECT_THAT(response.outputs(2).shape(), ElementsAre(2));
  EXPECT_EQ(response.raw_output_contents(0),
            BytesOf<float>(expected.mean().values()));
  EXPECT_EQ(response.raw_output_contents(1),
            BytesOf<float>(expected.variance().values()));
  for (int row = 0; row < 2; ++row) {
    const v1::Scores& scores = expected.scores(row);
    const auto number = [&](const char* name) {
      return Numbers<double>(response, name).at(row);
    };
    EXPECT_EQ(number("predictive_entropy"), scores.predictive_entropy());
    EXPECT_EQ(number("expected_entropy"), scores.expected_entropy());
    EXPECT_EQ(number("mutual_information"), scores.mutual_information());
    EXPECT_EQ(number("total_variance"), scores.total_variance());
    EXPECT_EQ(number("max_probability"), scores.max_probability());
    EXPECT_EQ(number("ood_score"), scores.ood_score());
    EXPECT_EQ(response.raw_output_contents(8)[row], scores.is_ood() ? 1 : 0);
    EXPECT_EQ(Numbers<int32_t>(response, "class").at(row),
              expected.classes(row).index());
  }
  std::string names;
  for (const auto& predicted : expected.classes()) {
    const auto length = static_cast<uint32_t>(predicted.name().size());
    names += BytesOf<uint32_t>({&length, 1}) + predicted.name();
  }
  EXPECT_EQ(response.raw_output_contents(10), names);

  const auto& parameters = response.parameters();
  EXPECT_EQ(parameters.at("seed").int64_param(), 42);
  EXPECT_EQ(parameters.at("num_networks").int64_param(), 10);
  EXPECT_EQ(parameters.at("sampling").string_param(), "SEEDED");
  EXPECT_EQ(parameters.at("stop_reason").string_param(), "ALL_NETWORKS");
  EXPECT_THAT(parameters, SizeIs(4));
}

TEST_F(InferMessageTest, TakesRawContentsForTypedOnes) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  ModelInferResponse typed, raw;
  ASSERT_TRUE(Infer(request, &typed).ok());
  MakeRaw(request);
  ASSERT_TRUE(Infer(request, &raw).ok());
  EXPECT_THAT(raw.raw_output_contents(),
              testing::ElementsAreArray(typed.raw_output_contents()));
  for (const auto& output : raw.outputs()) EXPECT_FALSE(output.has_contents());
}

TEST_F(InferMessageTest, AnswersTheWantedOutputsInTheirOrder) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  for (const char* name : {"class", "mean"}) {
    request.add_outputs()->set_name(name);
  }
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("class", "mean"));
  EXPECT_THAT(response.raw_output_contents(), SizeIs(2));
  EXPECT_THAT(response.raw_output_contents(0), SizeIs(2 * 4));
  EXPECT_THAT(response.raw_output_contents(1), SizeIs(6 * 4));
}

TEST_F(InferMessageTest, PassesOverWhatIsSaidOfHttpAlone) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  MakeRaw(request);
  (*request.mutable_inputs(0)->mutable_parameters())["binary_data_size"]
      .set_int64_param(32);
  auto& output = *request.add_outputs();
  output.set_name("mean");
  (*output.mutable_parameters())["binary_data"].set_bool_param(true);
  (*request.mutable_parameters())["binary_data_output"].set_bool_param(true);
  ModelInferResponse response;
  const grpc::Status status = Infer(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(InferMessageTest, DoesWhatTheParametersSay) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  (*request.mutable_parameters())["num_networks"].set_string_param("4");
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.parameters().at("num_networks").int64_param(), 4);

  request.mutable_parameters()->clear();
  (*request.mutable_parameters())["target_standard_error"].set_double_param(
      1e-9);
  (*request.mutable_parameters())["max_networks"].set_int64_param(24);
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.parameters().at("num_networks").int64_param(), 24);
  EXPECT_EQ(response.parameters().at("sampling").string_param(), "FRESH");
  EXPECT_EQ(response.parameters().at("stop_reason").string_param(),
            "MAX_NETWORKS");
  EXPECT_TRUE(response.parameters().at("seed").has_int64_param());
}

TEST_F(InferMessageTest, ReturnsTheGreatestSeedWhole) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  (*request.mutable_parameters())["seed"].set_string_param(
      "18446744073709551615");
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.parameters().at("seed").uint64_param(),
            18446744073709551615u);
}

TEST_F(InferMessageTest, AnswersPartlyAtTheDeadlineIfThatIsAllowed) {
  hook_ = [this](const FakeEngine::Piece&, const Interrupt&) {
    clock_.Advance(absl::Seconds(20));
    return absl::OkStatus();
  };
  limits_.max_piece_networks = 2;
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  (*request.mutable_parameters())["allow_partial"].set_bool_param(true);
  ModelInferResponse response;
  const grpc::Status status = Infer(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.parameters().at("stop_reason").string_param(), "DEADLINE");
  EXPECT_LT(response.parameters().at("num_networks").int64_param(), 10);
}

TEST_F(InferMessageTest, ReturnsTheIdAsItCame) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.id(), "");
  request.set_id("caf\xc3\xa9 1");
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.id(), "caf\xc3\xa9 1");
  request.set_id(std::string(128, 'x'));
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.id(), request.id());
  request.set_id(std::string(129, 'x'));
  ExpectRefused(request, grpc::INVALID_ARGUMENT, "expected at most 128 bytes");
}

TEST_F(InferMessageTest, TellsWhatOneNetworkCannotAsNotANumber) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  (*request.mutable_parameters())["num_networks"].set_int64_param(1);
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  for (const char* name :
       {"mutual_information", "total_variance", "ood_score"}) {
    EXPECT_THAT(Numbers<double>(response, name), SizeIs(2)) << name;
    EXPECT_THAT(Numbers<double>(response, name), Each(IsNan())) << name;
  }
  EXPECT_THAT(Numbers<double>(response, "predictive_entropy"),
              Each(Not(IsNan())));
  // A truth value has no such thing.
  EXPECT_THAT(Names(response), Not(Contains("is_ood")));
  request.add_outputs()->set_name("is_ood");
  ExpectRefused(request, grpc::INVALID_ARGUMENT,
                "is_ood is not known of 1 networks");
}

TEST_F(InferMessageTest, RefusesInputsThatTheModelDoesNotHave) {
  StartAndServe();
  ExpectInvalid([](auto& request) { request.clear_inputs(); },
                "inputs: expected one, 'input', got 0");
  ExpectInvalid(
      [](auto& request) { *request.add_inputs() = request.inputs(0); },
      "got 2");
  ExpectInvalid(
      [](auto& request) { request.mutable_inputs(0)->set_name("INPUT__0"); },
      "expected 'input', got 'INPUT__0'");
  ExpectInvalid(
      [](auto& request) {
        (*request.mutable_inputs(0)
              ->mutable_parameters())["shared_memory_region"]
            .set_string_param("x");
      },
      "inputs.parameters: expected none, got 'shared_memory_region'");
  ExpectStillServing();
}

TEST_F(InferMessageTest, RefusesOtherDatatypes) {
  StartAndServe();
  for (const char* datatype : {"FP64", "UINT8", "BYTES", "fp32", ""}) {
    ExpectInvalid(
        [&](auto& request) {
          request.mutable_inputs(0)->set_datatype(datatype);
        },
        absl::StrCat("expected FP32, got '", datatype, "'"));
  }
  ExpectInvalid(
      [](auto& request) {
        auto& contents = *request.mutable_inputs(0)->mutable_contents();
        for (const float value : contents.fp32_contents()) {
          contents.add_fp64_contents(value);
        }
        contents.clear_fp32_contents();
      },
      "expected fp32_contents alone");
  ExpectInvalid(
      [](auto& request) {
        request.mutable_inputs(0)->mutable_contents()->add_bool_contents(true);
      },
      "expected fp32_contents alone");
}

TEST_F(InferMessageTest, RefusesShapesThatTheModelDoesNotTake) {
  StartAndServe();
  ExpectInvalid(
      [](auto& request) { request.mutable_inputs(0)->set_shape(2, 3); },
      "expected [B, 2, 2] with B >= 1, got [2, 2, 3]");
  for (const int64_t rows : {int64_t{0}, int64_t{-1}}) {
    ExpectInvalid(
        [&](auto& request) { request.mutable_inputs(0)->set_shape(0, rows); },
        "with B >= 1");
  }
  ExpectInvalid([](auto& request) { request.mutable_inputs(0)->clear_shape(); },
                "got []");
  ModelInferRequest request = GoodInfer();
  request.mutable_inputs(0)->set_shape(0, int64_t{1} << 62);
  ExpectRefused(request, grpc::RESOURCE_EXHAUSTED, "at most");
}

TEST_F(InferMessageTest, RefusesContentsOfAnotherLength) {
  StartAndServe();
  ExpectInvalid(
      [](auto& request) {
        request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1);
      },
      "expected 8 for this shape, got 9");
  ExpectInvalid(
      [](auto& request) { request.mutable_inputs(0)->clear_contents(); },
      "expected 8 for this shape, got 0");
  for (const int more : {-4, -1, 1, 4}) {
    ExpectInvalid(
        [more](auto& request) {
          MakeRaw(request);
          std::string& raw = *request.mutable_raw_input_contents(0);
          raw.resize(raw.size() + more);
        },
        absl::StrCat("expected 32 for this shape, got ", 32 + more));
  }
  ExpectInvalid(
      [](auto& request) {
        MakeRaw(request);
        request.add_raw_input_contents("");
      },
      "raw_input_contents: expected one for the one input, got 2");
  ExpectInvalid(
      [](auto& request) {
        MakeRaw(request);
        request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1);
      },
      "expected either contents or raw_input_contents, got both");
}

TEST_F(InferMessageTest, RefusesNumbersThatAreNotFinite) {
  StartAndServe();
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    for (const bool raw : {false, true}) {
      ExpectInvalid(
          [&](auto& request) {
            request.mutable_inputs(0)->mutable_contents()->set_fp32_contents(
                5, bad);
            if (raw) MakeRaw(request);
          },
          "at position 5");
    }
  }
}

TEST_F(InferMessageTest, RefusesOutputsThatTheModelDoesNotHave) {
  StartAndServe();
  ExpectInvalid(
      [](auto& request) { request.add_outputs()->set_name("logits"); },
      "class_name, got 'logits'");
  ExpectInvalid(
      [](auto& request) {
        request.add_outputs()->set_name("mean");
        request.add_outputs()->set_name("mean");
      },
      "twice 'mean'");
  ExpectInvalid(
      [](auto& request) {
        auto& output = *request.add_outputs();
        output.set_name("mean");
        (*output.mutable_parameters())["classification"].set_int64_param(3);
      },
      "outputs.parameters: expected none, got 'classification'");
  ModelInferRequest request = GoodInfer();
  request.set_model_name("regression");
  request.mutable_inputs(0)->mutable_shape()->Clear();
  request.mutable_inputs(0)->add_shape(8);
  request.mutable_inputs(0)->add_shape(1);
  request.add_outputs()->set_name("mutual_information");
  ExpectRefused(request, grpc::INVALID_ARGUMENT,
                "expected some of mean, variance, total_variance, got "
                "'mutual_information'");
}

TEST_F(InferMessageTest, EndsAtTheFirstOfAMillionOutputs) {
  StartAndServe();
  ExpectInvalid(
      [](auto& request) {
        for (int i = 0; i < 1'000'000; ++i) {
          request.add_outputs()->set_name("mean");
        }
      },
      "twice 'mean'");
  ExpectStillServing();
}

TEST_F(InferMessageTest, RefusesNumbersOfNetworksOutsideTheLimits) {
  StartAndServe();
  const auto with = [](int64_t networks) {
    return [networks](ModelInferRequest& request) {
      (*request.mutable_parameters())["num_networks"].set_int64_param(networks);
    };
  };
  ExpectInvalid(with(0), "expected an integer of 1 or more");
  ExpectInvalid(with(-1), "got -1");
  ExpectInvalid(with(1'000'000'000), "expected 1..10000");
  ExpectInvalid(with(INT64_MAX), "expected 1..10000");
}

TEST_F(InferMessageTest, FindsNoModelOrVersionItDoesNotServe) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  request.set_model_version("3");
  ExpectRefused(request, grpc::NOT_FOUND, "served are 1, 2");
  request.set_model_version("1");
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  EXPECT_EQ(response.model_version(), "1");
  request.set_model_name("stranger");
  ExpectRefused(request, grpc::NOT_FOUND, "classifier, regression");
}

// Two bytes on the wire are some forty in memory.
TEST_F(InferMessageTest, CountsAMessageAsItLiesInMemory) {
  limits_.max_queued_bytes = 1 << 20;
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  google::protobuf::UnknownFieldSet* unknown =
      request.GetReflection()->MutableUnknownFields(&request);
  for (int i = 0; i < 100'000; ++i) unknown->AddGroup(15);
  ModelInferResponse response;
  EXPECT_EQ(Infer(request, &response).error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Infer(GoodInfer(), &response).ok());
}

TEST_F(InferMessageTest, KeepsAnAnswerWithinWhatItsCallMayHold) {
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  request.set_id(std::string(128, 'x'));
  ModelInferResponse response;
  ASSERT_TRUE(Infer(request, &response).ok());
  const auto size =
      CheckQuery({request.inputs(0).shape()}, ClassifierManifest(), limits_);
  ASSERT_TRUE(size.ok());
  EXPECT_LE(static_cast<int64_t>(response.ByteSizeLong()),
            size->response_bytes);
}

TEST_F(InferMessageTest, SurvivesTruncatedMessagesAndFlippedBits) {
  limits_.max_row_networks = 1000;
  StartAndServe();
  ModelInferRequest request = GoodInfer();
  MakeRaw(request);
  std::string whole;
  ASSERT_TRUE(request.SerializeToString(&whole));
  ASSERT_EQ(InferBytes(whole), grpc::OK);
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(InferBytes(whole.substr(0, length)), grpc::UNAVAILABLE);
  }
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(InferBytes(flipped), grpc::UNAVAILABLE) << "bit " << bit;
  }
  ExpectStillServing();
}

TEST_F(InferMessageTest, CountsAndLogsAsPredictDoes) {
  log_requests_ = true;
  StartAndServe();
  ModelInferResponse response;
  ASSERT_TRUE(Infer(GoodInfer(), &response).ok());
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_requests_total{code=\"OK\",model="
                        "\"classifier\",version=\"2\"} 1"));
  EXPECT_THAT(LogLines(), ElementsAre(testing::AllOf(
                              HasSubstr("code=OK model=classifier version=2 "),
                              HasSubstr(" rows=2 networks=10 seed=42 "))));
}

}  // namespace
}  // namespace hypergan::server::open_inference
