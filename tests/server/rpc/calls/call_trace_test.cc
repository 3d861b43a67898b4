#include "server/rpc/calls/call_trace.h"

#include <functional>
#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "inference/grpc_service.grpc.pb.h"
#include "tests/server/rpc/open_inference/open_inference_fixture.h"

namespace hypergan::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr char kTraceparent[] =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

using Headers = std::multimap<std::string, std::string>;

class CallTraceTest : public open_inference::OpenInferenceFixture {
 protected:
  // What the server says first to a call with those headers.
  Headers HeadersOf(const Headers& sent,
                    const std::function<void(grpc::ClientContext&)>& call) {
    grpc::ClientContext context;
    for (const auto& [name, value] : sent) context.AddMetadata(name, value);
    call(context);
    Headers headers;
    for (const auto& [name, value] : context.GetServerInitialMetadata()) {
      headers.emplace(std::string(name.data(), name.size()),
                      std::string(value.data(), value.size()));
    }
    return headers;
  }
  Headers HeadersOfPredict(const Headers& sent) {
    return HeadersOf(sent, [this](grpc::ClientContext& context) {
      v1::PredictResponse response;
      EXPECT_TRUE(stub_->Predict(&context, GoodRequest(), &response).ok());
    });
  }
  Headers HeadersOfInfer(const Headers& sent, const std::string& id) {
    return HeadersOf(sent, [&](grpc::ClientContext& context) {
      auto request = GoodInfer();
      request.set_id(id);
      inference::ModelInferResponse response;
      const auto stub = inference::GRPCInferenceService::NewStub(channel_);
      EXPECT_TRUE(stub->ModelInfer(&context, request, &response).ok());
      EXPECT_EQ(response.id(), id);
    });
  }

  static std::string Value(const Headers& headers, const std::string& name) {
    return headers.count(name) == 1 ? headers.find(name)->second : "none";
  }
};

TEST_F(CallTraceTest, ReturnsTheIdOfTheRequest) {
  StartAndServe();
  const std::string longest(128, 'x');
  for (const std::string& id : {std::string("a-1"), longest}) {
    EXPECT_EQ(Value(HeadersOfPredict({{"x-request-id", id}}), "x-request-id"),
              id);
  }
}

TEST_F(CallTraceTest, MakesAnIdForEachRequestWithoutAGoodOne) {
  StartAndServe();
  std::set<std::string> ids;
  for (const Headers& sent :
       {Headers(), Headers(), Headers{{"x-request-id", std::string(129, 'x')}},
        Headers{{"x-request-id", "a"}, {"x-request-id", "b"}}}) {
    const std::string id = Value(HeadersOfPredict(sent), "x-request-id");
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{32}"));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 4);
}

TEST_F(CallTraceTest, TakesTheIdOfTheMessageIfTheMetadataHasNone) {
  StartAndServe();
  EXPECT_EQ(Value(HeadersOfInfer({}, "mine"), "x-request-id"), "mine");
  EXPECT_EQ(Value(HeadersOfInfer({{"x-request-id", "theirs"}}, "mine"),
                  "x-request-id"),
            "theirs");
  // Which metadata cannot hold.
  EXPECT_THAT(Value(HeadersOfInfer({}, "caf\xc3\xa9"), "x-request-id"),
              MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(CallTraceTest, ReturnsTheTraceContext) {
  StartAndServe();
  const Headers headers = HeadersOfPredict(
      {{"traceparent", kTraceparent}, {"tracestate", "a=1,b=2"}});
  EXPECT_EQ(Value(headers, "traceparent"), kTraceparent);
  EXPECT_EQ(Value(headers, "tracestate"), "a=1,b=2");
  EXPECT_EQ(HeadersOfPredict({}).count("traceparent"), 0);
}

TEST_F(CallTraceTest, PassesOverATraceContextThatIsNone) {
  StartAndServe();
  const std::string good = kTraceparent;
  std::string zero_trace = good;
  zero_trace.replace(3, 32, 32, '0');
  std::string zero_parent = good;
  zero_parent.replace(36, 16, 16, '0');
  for (const std::string& bad :
       {std::string("x"), good + "0", good.substr(1), "ff" + good.substr(2),
        "0A" + good.substr(2), zero_trace, zero_parent,
        std::string(5000, 'a')}) {
    const Headers headers =
        HeadersOfPredict({{"traceparent", bad}, {"tracestate", "a=1"}});
    EXPECT_EQ(headers.count("traceparent"), 0) << bad;
    EXPECT_EQ(headers.count("tracestate"), 0) << bad;
  }
  const Headers long_state = HeadersOfPredict(
      {{"traceparent", good}, {"tracestate", std::string(513, 'a')}});
  EXPECT_EQ(Value(long_state, "traceparent"), good);
  EXPECT_EQ(long_state.count("tracestate"), 0);
}

TEST_F(CallTraceTest, IsReturnedByEveryMethod) {
  StartAndServe();
  const auto open = inference::GRPCInferenceService::NewStub(channel_);
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  using Context = grpc::ClientContext;
  const std::map<std::string, std::function<void(Context&)>> methods = {
      {"PredictStream",
       [&](Context& context) {
         auto reader = stub_->PredictStream(&context, GoodRequest());
         v1::PredictResponse response;
         while (reader->Read(&response)) continue;
         EXPECT_TRUE(reader->Finish().ok());
       }},
      {"ListModels",
       [&](Context& context) {
         v1::ListModelsResponse response;
         EXPECT_TRUE(stub_->ListModels(&context, {}, &response).ok());
       }},
      {"ServerLive",
       [&](Context& context) {
         inference::ServerLiveResponse response;
         EXPECT_TRUE(open->ServerLive(&context, {}, &response).ok());
       }},
      {"ServerMetadata",
       [&](Context& context) {
         inference::ServerMetadataResponse response;
         EXPECT_TRUE(open->ServerMetadata(&context, {}, &response).ok());
       }},
      {"Check",
       [&](Context& context) {
         grpc::health::v1::HealthCheckResponse response;
         EXPECT_TRUE(health->Check(&context, {}, &response).ok());
       }},
      {"Watch",
       [&](Context& context) {
         auto reader = health->Watch(&context, {});
         grpc::health::v1::HealthCheckResponse response;
         EXPECT_TRUE(reader->Read(&response));
         context.TryCancel();
         reader->Finish();
       }},
      {"a refused Predict",
       [&](Context& context) {
         v1::PredictResponse response;
         EXPECT_EQ(stub_->Predict(&context, {}, &response).error_code(),
                   grpc::NOT_FOUND);
       }},
      {"a refused GetModel",
       [&](Context& context) {
         v1::Model response;
         EXPECT_EQ(stub_->GetModel(&context, {}, &response).error_code(),
                   grpc::NOT_FOUND);
       }},
  };
  for (const auto& [name, call] : methods) {
    const Headers headers = HeadersOf(
        {{"x-request-id", "a-1"}, {"traceparent", kTraceparent}}, call);
    EXPECT_EQ(Value(headers, "x-request-id"), "a-1") << name;
    EXPECT_EQ(Value(headers, "traceparent"), kTraceparent) << name;
  }
}

// A proxy passes an answer on from its first frame, and then cannot ask another
// replica any more.
TEST_F(CallTraceTest, IsInTheOneFrameOfAnAnswerThatSaysUnavailable) {
  Start();
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "a-1");
  v1::PredictResponse response;
  EXPECT_EQ(stub_->Predict(&context, GoodRequest(), &response).error_code(),
            grpc::UNAVAILABLE);
  EXPECT_EQ(context.GetServerInitialMetadata().count("x-request-id"), 0u);
  const auto& trailing = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailing.count("x-request-id"), 1u);
  EXPECT_EQ(trailing.find("x-request-id")->second, "a-1");
}

TEST_F(CallTraceTest, IsInTheLog) {
  log_requests_ = true;
  StartAndServe();
  HeadersOfInfer({{"x-request-id", "theirs"}, {"traceparent", kTraceparent}},
                 "my\n1");
  HeadersOf({{"x-request-id", "a-1"}}, [this](grpc::ClientContext& context) {
    v1::ListModelsResponse response;
    EXPECT_TRUE(stub_->ListModels(&context, {}, &response).ok());
  });
  EXPECT_THAT(LogLines(),
              Contains(AllOf(
                  HasSubstr("method=/inference.GRPCInferenceService/ModelInfer "
                            "code=OK model=classifier version=2 "),
                  HasSubstr(absl::StrCat(" id=theirs message_id=\"my\\\\n1\" "
                                         "traceparent=",
                                         kTraceparent, " rows=2 ")))));
  EXPECT_THAT(
      LogLines(),
      Contains(AllOf(HasSubstr("method=/hypergan.v1.EnsembleService/ListModels "
                               "code=OK"),
                     HasSubstr(" id=a-1"), Not(HasSubstr("traceparent")))));
}

TEST_F(CallTraceTest, IsInTheLogOfWhatTheClientIsNotTold) {
  hook_ = [](const FakeEngine::Piece&, const Interrupt&) {
    return absl::InternalError("secret of the model");
  };
  StartAndServe();
  HeadersOf({{"x-request-id", "a-1"}}, [this](grpc::ClientContext& context) {
    v1::PredictResponse response;
    EXPECT_EQ(stub_->Predict(&context, GoodRequest(), &response).error_code(),
              grpc::INTERNAL);
  });
  EXPECT_THAT(LogLines(), Contains(AllOf(HasSubstr(" id=a-1 "),
                                         HasSubstr("secret of the model"))));
}

}  // namespace
}  // namespace hypergan::server
