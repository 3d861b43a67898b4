#include "server/rpc/open_inference/model_description.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "server/rpc/open_inference/infer_message.h"
#include "server/rpc/open_inference/outputs.h"

namespace hypergan::server::open_inference {
namespace {

// What the protocol calls a platform, <project>_<format>.
constexpr char kPlatform[] = "hypergan_ensemble";
constexpr char kBackend[] = "hypergan";
constexpr int64_t kAnyRows = -1;

inference::DataType DataTypeOf(Datatype datatype) {
  switch (datatype) {
    case Datatype::kFp32:
      return inference::TYPE_FP32;
    case Datatype::kFp64:
      return inference::TYPE_FP64;
    case Datatype::kBool:
      return inference::TYPE_BOOL;
    case Datatype::kInt32:
      return inference::TYPE_INT32;
    case Datatype::kBytes:
      return inference::TYPE_STRING;
  }
  return inference::TYPE_INVALID;
}

}  // namespace

inference::ModelMetadataResponse DescribeModel(const ServedModel& model) {
  const Manifest& manifest = model.engine->manifest();
  inference::ModelMetadataResponse response;
  response.set_name(model.name);
  response.set_platform(kPlatform);
  const auto describe = [](const char* name, Datatype datatype, const auto& row,
                           auto& tensor) {
    tensor.set_name(name);
    tensor.set_datatype(DatatypeName(datatype));
    tensor.add_shape(kAnyRows);
    for (const int64_t size : row) tensor.add_shape(size);
  };
  describe(kInputName, kInputDatatype, manifest.input_shape,
           *response.add_inputs());
  for (const Output* output : OutputsOf(manifest)) {
    describe(output->name, output->datatype, RowShape(*output, manifest),
             *response.add_outputs());
  }
  return response;
}

inference::ModelConfig ConfigureModel(const ServedModel& model,
                                      const Limits& limits) {
  const Manifest& manifest = model.engine->manifest();
  inference::ModelConfig config;
  config.set_name(model.name);
  config.set_platform(kPlatform);
  config.set_backend(kBackend);
  config.set_max_batch_size(static_cast<int32_t>(
      std::min<int64_t>(limits.max_rows, std::numeric_limits<int32_t>::max())));
  config.mutable_dynamic_batching()->set_max_queue_delay_microseconds(
      absl::ToInt64Microseconds(limits.max_batch_delay));
  const auto describe = [](const char* name, Datatype datatype, const auto& row,
                           auto& tensor) {
    tensor.set_name(name);
    tensor.set_data_type(DataTypeOf(datatype));
    tensor.mutable_dims()->Assign(row.begin(), row.end());
  };
  describe(kInputName, kInputDatatype, manifest.input_shape,
           *config.add_input());
  for (const Output* output : OutputsOf(manifest)) {
    describe(output->name, output->datatype, RowShape(*output, manifest),
             *config.add_output());
  }
  return config;
}

}  // namespace hypergan::server::open_inference
