#include "server/rpc/v1/predict_message.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/prediction_path.h"

// A PredictRequest as it comes over the wire.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hypergan::server;
  static auto& path = *new PredictionPath;
  const grpc::Slice slice(data, size);
  CheckAnswer<hypergan::v1::PredictResponse>(
      path.Answer(PredictMessage::Of(grpc::ByteBuffer(&slice, 1))));
  return 0;
}
