#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "inference/grpc_service.grpc.pb.h"
#include "server/rpc/little_endian.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server::open_inference {

using inference::GRPCInferenceService;
using inference::ModelInferRequest;
using inference::ModelInferResponse;

// A server as RpcFixture's, asked in the Open Inference Protocol.
class OpenInferenceFixture : public RpcFixture {
 protected:
  // Calls one method of one message and one answer.
  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (GRPCInferenceService::Stub::*method)(
                       grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    const auto stub = GRPCInferenceService::NewStub(channel_);
    return ((*stub).*method)(&context, request, response);
  }

  grpc::Status Infer(const ModelInferRequest& request,
                     ModelInferResponse* response) {
    return Ask(&GRPCInferenceService::Stub::ModelInfer, request, response);
  }

  // The rows of RpcFixture::GoodRequest, with the same seed.
  static ModelInferRequest GoodInfer() {
    ModelInferRequest request;
    request.set_model_name("classifier");
    auto& input = *request.add_inputs();
    input.set_name("input");
    input.set_datatype("FP32");
    for (const int64_t size : {2, 2, 2}) input.add_shape(size);
    const v1::PredictRequest same = GoodRequest();
    input.mutable_contents()->mutable_fp32_contents()->CopyFrom(
        same.inputs().values());
    (*request.mutable_parameters())["seed"].set_int64_param(42);
    return request;
  }

  // The place of an output in the answer; -1 without it.
  static int PlaceOf(const ModelInferResponse& response,
                     const std::string& name) {
    for (int i = 0; i < response.outputs_size(); ++i) {
      if (response.outputs(i).name() == name) return i;
    }
    return -1;
  }

  // The numbers of an output that is there.
  template <typename Number>
  static std::vector<Number> Numbers(const ModelInferResponse& response,
                                     const std::string& name) {
    const int place = PlaceOf(response, name);
    if (place < 0) return {};
    const std::string& raw = response.raw_output_contents(place);
    std::vector<Number> numbers;
    for (size_t i = 0; i < raw.size(); i += sizeof(Number)) {
      numbers.push_back(LoadLittleEndian<Number>(&raw[i]));
    }
    return numbers;
  }

  static std::vector<std::string> Names(const ModelInferResponse& response) {
    std::vector<std::string> names;
    for (const auto& output : response.outputs()) {
      names.push_back(output.name());
    }
    return names;
  }
};

}  // namespace hypergan::server::open_inference
