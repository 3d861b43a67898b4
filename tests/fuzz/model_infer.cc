#include "server/rpc/open_inference/infer_message.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/prediction_path.h"

// A ModelInferRequest as it comes over the wire.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan::server;
  static auto& path = *new PredictionPath;
  const grpc::Slice slice(data, size);
  CheckAnswer<inference::ModelInferResponse>(path.Answer(
      open_inference::InferMessage::Of(grpc::ByteBuffer(&slice, 1))));
  return 0;
}
