#include "server/rpc/open_inference/infer_message.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/rpc/calls/call_trace.h"
#include "server/rpc/little_endian.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/open_inference/parameters.h"

namespace hypergan::server::open_inference {
namespace {

using inference::InferTensorContents;
using inference::ModelInferRequest;
using inference::ModelInferResponse;

absl::Status Invalid(absl::string_view what, absl::string_view expected,
                     absl::string_view got) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": expected ", expected, ", got ", got));
}

// Shared memory, Triton's classification and the like: what they ask for must
// not be left out silently. `ignored` says how the protocol over HTTP would
// carry the contents; clients leave it in.
absl::Status CheckParameters(absl::string_view tensor,
                             const Parameters& parameters,
                             absl::string_view ignored) {
  for (const auto& [name, value] : parameters) {
    if (name == ignored) continue;
    return Invalid(absl::StrCat(tensor, ".parameters"), "none", Quoted(name));
  }
  return absl::OkStatus();
}

absl::Status CheckLength(absl::string_view what, int64_t expected, size_t got) {
  if (static_cast<size_t>(expected) == got) return absl::OkStatus();
  return Invalid(what, absl::StrCat(expected, " for this shape"),
                 absl::StrCat(got));
}

// All elements, of whatever type.
int64_t CountElements(const InferTensorContents& contents) {
  return int64_t{contents.bool_contents_size()} + contents.int_contents_size() +
         contents.int64_contents_size() + contents.uint_contents_size() +
         contents.uint64_contents_size() + contents.fp32_contents_size() +
         contents.fp64_contents_size() + contents.bytes_contents_size();
}

std::string Names(const std::vector<const Output*>& outputs) {
  return absl::StrJoin(outputs, ", ",
                       [](std::string* out, const Output* output) {
                         absl::StrAppend(out, output->name);
                       });
}

}  // namespace

absl::StatusOr<std::unique_ptr<PredictionMessage>> InferMessage::Of(
    const grpc::ByteBuffer& bytes) {
  HG_ASSIGN_OR_RETURN(auto request, FromBytes<ModelInferRequest>(bytes));
  return std::make_unique<InferMessage>(std::move(request));
}

InferMessage::InferMessage(ModelInferRequest request)
    : request_(std::move(request)) {}

const std::string& InferMessage::model_name() const {
  return request_.model_name();
}

const std::string& InferMessage::model_version() const {
  return request_.model_version();
}

absl::string_view InferMessage::id() const { return request_.id(); }

int64_t InferMessage::bytes() const {
  return static_cast<int64_t>(request_.SpaceUsedLong());
}

absl::StatusOr<Query> InferMessage::Read(const ServedModel& model) {
  constexpr size_t kMost = CallTrace::kMaxIdBytes;
  if (request_.id().size() > kMost) {  // it would come back
    return Invalid("id", absl::StrCat("at most ", kMost, " bytes"),
                   absl::StrCat(request_.id().size()));
  }
  HG_RETURN_IF_ERROR(CheckInputs());
  HG_RETURN_IF_ERROR(ReadOutputs(model.engine->manifest()));
  Query query;
  HG_RETURN_IF_ERROR(ReadParameters(request_.parameters(), query));
  query.claim.shape = request_.inputs(0).shape();
  return query;
}

absl::Status InferMessage::CheckInputs() const {
  if (request_.inputs_size() != 1) {
    return Invalid("inputs", absl::StrCat("one, '", kInputName, "'"),
                   absl::StrCat(request_.inputs_size()));
  }
  const auto& input = request_.inputs(0);
  if (input.name() != kInputName) {
    return Invalid("inputs", absl::StrCat("'", kInputName, "'"),
                   Quoted(input.name()));
  }
  const char* const datatype = DatatypeName(kInputDatatype);
  if (input.datatype() != datatype) {
    return Invalid("inputs.datatype", datatype, Quoted(input.datatype()));
  }
  return CheckParameters("inputs", input.parameters(), "binary_data_size");
}

absl::Status InferMessage::ReadOutputs(const Manifest& manifest) {
  const std::vector<const Output*> known = OutputsOf(manifest);
  wanted_.clear();
  // Ends at the first name that is unknown or a repetition.
  for (const auto& requested : request_.outputs()) {
    HG_RETURN_IF_ERROR(
        CheckParameters("outputs", requested.parameters(), "binary_data"));
    const auto named = [&requested](const Output* output) {
      return output->name == requested.name();
    };
    const auto found = std::find_if(known.begin(), known.end(), named);
    if (found == known.end()) {
      return Invalid("outputs", absl::StrCat("some of ", Names(known)),
                     Quoted(requested.name()));
    }
    if (std::any_of(wanted_.begin(), wanted_.end(), named)) {
      return Invalid("outputs", "each output at most once",
                     absl::StrCat("twice ", Quoted(requested.name())));
    }
    wanted_.push_back(*found);
  }
  if (wanted_.empty()) wanted_ = known;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> InferMessage::Inputs(int64_t count) {
  const InferTensorContents& contents = request_.inputs(0).contents();
  const int64_t elements = CountElements(contents);
  const auto& raws = request_.raw_input_contents();
  if (!raws.empty()) {
    if (raws.size() != 1) {
      return Invalid("raw_input_contents", "one for the one input",
                     absl::StrCat(raws.size()));
    }
    if (elements != 0) {
      return Invalid("inputs", "either contents or raw_input_contents", "both");
    }
    HG_RETURN_IF_ERROR(
        CheckLength("bytes in raw_input_contents", 4 * count, raws[0].size()));
    return FloatsOf(raws[0]);
  }
  const auto& values = contents.fp32_contents();
  if (elements != values.size()) {
    return Invalid("inputs.contents", "fp32_contents alone",
                   "contents of another type");
  }
  HG_RETURN_IF_ERROR(CheckLength("numbers in inputs.contents.fp32_contents",
                                 count, values.size()));
  return std::vector<float>(values.begin(), values.end());
}

absl::StatusOr<grpc::ByteBuffer> InferMessage::Encode(const ServedModel& model,
                                                      const Reply& reply) {
  const Answer& answer = reply.answer;
  const Manifest& manifest = model.engine->manifest();
  const auto rows = static_cast<int64_t>(answer.prediction.scores.size());
  ModelInferResponse response;
  response.set_model_name(model.name);
  response.set_model_version(absl::StrCat(model.version));
  response.set_id(request_.id());
  WriteParameters(answer, *response.mutable_parameters());
  if (!reply.warnings.empty()) {
    (*response.mutable_parameters())["warnings"].set_string_param(
        absl::StrJoin(reply.warnings, "; "));
  }
  for (const Output* output : wanted_) {
    auto contents = output->contents(manifest, answer.prediction);
    if (!contents) {
      if (request_.outputs().empty()) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "outputs: ", output->name, " is not known of ", answer.num_networks,
          " networks; ask for more, or not for it"));
    }
    auto& tensor = *response.add_outputs();
    tensor.set_name(output->name);
    tensor.set_datatype(DatatypeName(output->datatype));
    tensor.add_shape(rows);
    for (const int64_t size : RowShape(*output, manifest)) {
      tensor.add_shape(size);
    }
    response.add_raw_output_contents(*std::move(contents));
  }
  return ToBytes(response);
}

}  // namespace hypergan::server::open_inference
