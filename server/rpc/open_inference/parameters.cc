#include "server/rpc/open_inference/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/quoted.h"
#include "base/status_macros.h"

namespace hypergan::server::open_inference {
namespace {

using inference::InferParameter;

// 2^53: beyond it float64 leaves out integers.
constexpr double kMostExact = 9007199254740992.0;

// As the client wrote it, for messages.
std::string ValueText(const InferParameter& value) {
  switch (value.parameter_choice_case()) {
    case InferParameter::kBoolParam:
      return value.bool_param() ? "true" : "false";
    case InferParameter::kInt64Param:
      return absl::StrCat(value.int64_param());
    case InferParameter::kUint64Param:
      return absl::StrCat(value.uint64_param());
    case InferParameter::kDoubleParam:
      return absl::StrCat(value.double_param());
    case InferParameter::kStringParam:
      return Quoted(value.string_param());
    case InferParameter::PARAMETER_CHOICE_NOT_SET:
      return "no value";
  }
  return "a value of an unknown type";
}

absl::Status WrongValue(absl::string_view name, absl::string_view expected,
                        const InferParameter& value) {
  return absl::InvalidArgumentError(absl::StrCat(
      "parameter ", name, ": expected ", expected, ", got ", ValueText(value)));
}

// None if the integer does not fit.
template <typename To, typename From>
std::optional<To> Fitting(From from) {
  if (!std::in_range<To>(from)) return std::nullopt;
  return static_cast<To>(from);
}

template <typename Integer>
std::optional<Integer> IntegerOf(const InferParameter& value) {
  Integer integer = 0;
  switch (value.parameter_choice_case()) {
    case InferParameter::kInt64Param:
      return Fitting<Integer>(value.int64_param());
    case InferParameter::kUint64Param:
      return Fitting<Integer>(value.uint64_param());
    case InferParameter::kDoubleParam: {
      const double number = value.double_param();
      if (!(std::abs(number) <= kMostExact) || std::trunc(number) != number) {
        return std::nullopt;
      }
      return Fitting<Integer>(static_cast<int64_t>(number));
    }
    case InferParameter::kStringParam:
      if (!absl::SimpleAtoi(value.string_param(), &integer)) break;
      return integer;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<double> NumberOf(const InferParameter& value) {
  double number = 0;
  switch (value.parameter_choice_case()) {
    case InferParameter::kInt64Param:
      return static_cast<double>(value.int64_param());
    case InferParameter::kUint64Param:
      return static_cast<double>(value.uint64_param());
    case InferParameter::kDoubleParam:
      return value.double_param();
    case InferParameter::kStringParam:
      if (!absl::SimpleAtod(value.string_param(), &number)) break;
      return number;
    default:
      break;
  }
  return std::nullopt;
}

// Each sets its part of the query.
absl::Status ReadNumNetworks(const InferParameter& value, Query& query) {
  const auto count = IntegerOf<int64_t>(value);
  // Zero is what the query has for the default; here the parameter is left out.
  if (!count || *count < 1) {
    return WrongValue("num_networks",
                      "an integer of 1 or more, or no such parameter for the "
                      "model's default",
                      value);
  }
  query.claim.num_networks = *count;
  return absl::OkStatus();
}

absl::Status ReadSeed(const InferParameter& value, Query& query) {
  query.seed = IntegerOf<uint64_t>(value);
  if (query.seed) return absl::OkStatus();
  return WrongValue("seed", "an integer from 0 to 2^64 - 1", value);
}

absl::Status ReadTarget(const InferParameter& value, Query& query) {
  query.claim.target_standard_error = NumberOf(value);
  if (query.claim.target_standard_error) return absl::OkStatus();
  return WrongValue("target_standard_error", "a number above 0", value);
}

absl::Status ReadMaxNetworks(const InferParameter& value, Query& query) {
  query.claim.max_networks = IntegerOf<int64_t>(value);
  if (query.claim.max_networks) return absl::OkStatus();
  return WrongValue("max_networks", "an integer of 1 or more", value);
}

absl::Status ReadAllowPartial(const InferParameter& value, Query& query) {
  if (value.has_bool_param()) {
    query.allow_partial = value.bool_param();
    return absl::OkStatus();
  }
  if (value.has_string_param() &&
      absl::SimpleAtob(value.string_param(), &query.allow_partial)) {
    return absl::OkStatus();
  }
  return WrongValue("allow_partial", "true or false", value);
}

struct Parameter {
  absl::string_view name;
  absl::Status (*read)(const InferParameter& value, Query& query);
};

constexpr std::array kParameters = {
    Parameter{"num_networks", ReadNumNetworks},
    Parameter{"seed", ReadSeed},
    Parameter{"target_standard_error", ReadTarget},
    Parameter{"max_networks", ReadMaxNetworks},
    Parameter{"allow_partial", ReadAllowPartial},
};

// What clients send and an answer here does not depend on: how HTTP would carry
// the outputs (KServe's), and how a stream would end (perf_analyzer's).
constexpr std::array<absl::string_view, 2> kIgnored = {
    "binary_data_output", "triton_enable_empty_final_response"};

absl::Status ReadParameter(const std::string& name, const InferParameter& value,
                           Query& query) {
  for (const Parameter& parameter : kParameters) {
    if (parameter.name == name) return parameter.read(value, query);
  }
  if (std::find(kIgnored.begin(), kIgnored.end(), name) != kIgnored.end()) {
    return absl::OkStatus();
  }
  // Passing over it would answer another question than the client's.
  return absl::InvalidArgumentError(absl::StrCat(
      "parameters: expected some of ",
      absl::StrJoin(kParameters, ", ",
                    [](std::string* out, const Parameter& parameter) {
                      absl::StrAppend(out, parameter.name);
                    }),
      ", got ", Quoted(name)));
}

const char* SamplingName(Sampling sampling) {
  switch (sampling) {
    case Sampling::kSeeded:
      return "SEEDED";
    case Sampling::kFresh:
      return "FRESH";
    case Sampling::kPool:
      return "POOL";
  }
  return "";
}

const char* StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kAllNetworks:
      return "ALL_NETWORKS";
    case StopReason::kTargetReached:
      return "TARGET_REACHED";
    case StopReason::kMaxNetworks:
      return "MAX_NETWORKS";
    case StopReason::kDeadline:
      return "DEADLINE";
  }
  return "";
}

}  // namespace

absl::Status ReadParameters(const Parameters& parameters, Query& query) {
  for (const auto& [name, value] : parameters) {
    HG_RETURN_IF_ERROR(ReadParameter(name, value, query));
  }
  return absl::OkStatus();
}

void WriteParameters(const Answer& answer, Parameters& parameters) {
  parameters["num_networks"].set_int64_param(answer.num_networks);
  if (answer.seed) {
    // Clients of old know no uint64_param.
    const auto fits = Fitting<int64_t>(*answer.seed);
    if (fits) {
      parameters["seed"].set_int64_param(*fits);
    } else {
      parameters["seed"].set_uint64_param(*answer.seed);
    }
  }
  parameters["sampling"].set_string_param(SamplingName(answer.sampling));
  parameters["stop_reason"].set_string_param(StopReasonName(answer.stop));
}

}  // namespace hypergan::server::open_inference
