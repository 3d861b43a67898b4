#include "server/rpc/v1/tensor_codec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/rpc/little_endian.h"

namespace hypergan::server {
namespace {

absl::Status WrongLength(const char* what, int64_t expected, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": expected ", expected,
                                                 " for this shape, got ", got));
}

}  // namespace

absl::StatusOr<std::vector<float>> DecodeTensor(const v1::Tensor& tensor,
                                                int64_t count) {
  const std::string& raw = tensor.raw();
  if (raw.empty() == tensor.values().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("inputs: expected either raw or values, got ",
                     raw.empty() ? "neither" : "both"));
  }
  if (raw.empty()) {
    if (tensor.values_size() != count) {
      return WrongLength("numbers in inputs.values", count,
                         tensor.values_size());
    }
    return std::vector<float>(tensor.values().begin(), tensor.values().end());
  }
  if (raw.size() / 4 != static_cast<size_t>(count) || raw.size() % 4 != 0) {
    return WrongLength("bytes in inputs.raw", 4 * count, raw.size());
  }
  return FloatsOf(raw);
}

void EncodeTensor(absl::Span<const int64_t> shape,
                  absl::Span<const float> values, v1::Tensor* tensor) {
  tensor->mutable_shape()->Assign(shape.begin(), shape.end());
  *tensor->mutable_raw() = BytesOf(values);
}

void TurnRawIntoValues(v1::PredictResponse* response) {
  const google::protobuf::Reflection& reflection = *response->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(*response, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->message_type() != v1::Tensor::descriptor()) continue;
    auto& tensor =
        static_cast<v1::Tensor&>(*reflection.MutableMessage(response, field));
    const std::vector<float> values = FloatsOf(tensor.raw());
    tensor.clear_raw();
    tensor.mutable_values()->Assign(values.begin(), values.end());
  }
}

}  // namespace hypergan::server
