#include "trainer/evaluation/records/result.h"

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/json_field.h"
#include "base/json_integer.h"
#include "base/status_macros.h"
#include "trainer/evaluation/records/result_check.h"

namespace hypergan::trainer {
namespace {

using Json = nlohmann::ordered_json;

// A record's fields by name: one list for both directions.
template <typename Record, typename Value>
struct Field {
  const char* name;
  Value Record::*member;
};
template <typename Record, typename Value>
Field(const char*, Value Record::*) -> Field<Record, Value>;

constexpr auto FieldsOf(const EpochResult*) {
  using R = EpochResult;
  return std::tuple(Field{"epoch", &R::epoch}, Field{"figures", &R::figures},
                    Field{"layer_diversity", &R::layer_diversity});
}

constexpr auto FieldsOf(const ReliabilityBin*) {
  using R = ReliabilityBin;
  return std::tuple(Field{"confidence", &R::confidence},
                    Field{"accuracy", &R::accuracy}, Field{"share", &R::share});
}

constexpr auto FieldsOf(const Separation*) {
  using R = Separation;
  return std::tuple(Field{"auroc", &R::auroc}, Field{"aupr_out", &R::aupr_out},
                    Field{"aupr_in", &R::aupr_in}, Field{"fpr95", &R::fpr95},
                    Field{"roc_fpr", &R::roc_fpr},
                    Field{"roc_tpr", &R::roc_tpr},
                    Field{"inside_quantiles", &R::inside_quantiles},
                    Field{"outside_quantiles", &R::outside_quantiles});
}

constexpr auto FieldsOf(const OutsideResult*) {
  using R = OutsideResult;
  return std::tuple(
      Field{"outside", &R::outside}, Field{"inside_rows", &R::inside_rows},
      Field{"outside_rows", &R::outside_rows}, Field{"scores", &R::scores});
}

constexpr auto FieldsOf(const AttackPoint*) {
  using R = AttackPoint;
  return std::tuple(Field{"epsilon", &R::epsilon},
                    Field{"accuracy_single", &R::accuracy_single},
                    Field{"accuracy_ensemble", &R::accuracy_ensemble},
                    Field{"accuracy_fresh", &R::accuracy_fresh},
                    Field{"auroc", &R::auroc},
                    Field{"mean_score", &R::mean_score});
}

constexpr auto FieldsOf(const AttackResult*) {
  using R = AttackResult;
  return std::tuple(
      Field{"attack", &R::attack}, Field{"attacked", &R::attacked},
      Field{"rows", &R::rows}, Field{"networks", &R::networks},
      Field{"fresh_networks", &R::fresh_networks}, Field{"steps", &R::steps},
      Field{"restarts", &R::restarts}, Field{"points", &R::points});
}

constexpr auto FieldsOf(const ShiftPoint*) {
  using R = ShiftPoint;
  return std::tuple(Field{"amount", &R::amount}, Field{"figures", &R::figures});
}

constexpr auto FieldsOf(const ShiftResult*) {
  using R = ShiftResult;
  return std::tuple(Field{"kind", &R::kind}, Field{"points", &R::points});
}

constexpr auto FieldsOf(const BandResult*) {
  using R = BandResult;
  return std::tuple(Field{"networks", &R::networks}, Field{"x", &R::x},
                    Field{"truth", &R::truth}, Field{"mean", &R::mean},
                    Field{"deviation", &R::deviation});
}

constexpr auto FieldsOf(const Picture*) {
  using R = Picture;
  return std::tuple(Field{"height", &R::height}, Field{"width", &R::width},
                    Field{"channels", &R::channels},
                    Field{"pixels", &R::pixels}, Field{"caption", &R::caption},
                    Field{"score", &R::score});
}

constexpr auto FieldsOf(const ExperimentResult*) {
  using R = ExperimentResult;
  return std::tuple(
      Field{"experiment", &R::experiment}, Field{"method", &R::method},
      Field{"variant", &R::variant}, Field{"seed", &R::seed},
      Field{"date", &R::date}, Field{"command", &R::command},
      Field{"program_version", &R::program_version},
      Field{"parameters", &R::parameters}, Field{"device", &R::device},
      Field{"threads", &R::threads},
      Field{"training_seconds", &R::training_seconds},
      Field{"core_seconds", &R::core_seconds}, Field{"networks", &R::networks},
      Field{"figures", &R::figures}, Field{"epochs", &R::epochs},
      Field{"reliability_single", &R::reliability_single},
      Field{"reliability", &R::reliability}, Field{"row_right", &R::row_right},
      Field{"row_losses", &R::row_losses}, Field{"outside", &R::outside},
      Field{"shifts", &R::shifts}, Field{"attacks", &R::attacks},
      Field{"bands", &R::bands}, Field{"observations_x", &R::observations_x},
      Field{"observations_y", &R::observations_y},
      Field{"most_uncertain", &R::most_uncertain},
      Field{"least_uncertain", &R::least_uncertain},
      Field{"filters", &R::filters});
}

// ---- to JSON

Json ToJson(const std::string& text) { return text; }
Json ToJson(double number) { return number; }  // not finite: null when dumped
template <typename Integer>
requires std::is_integral_v<Integer> Json ToJson(Integer number) {
  return JsonInteger(number);
}

Json ToJson(const std::vector<uint8_t>& bytes) {
  return absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Json ToJson(const std::vector<float>& numbers) {
  std::vector<uint8_t> bytes;
  bytes.reserve(4 * numbers.size());
  for (const float number : numbers) {
    const auto bits = std::bit_cast<uint32_t>(number);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<uint8_t>(bits >> shift));
    }
  }
  return ToJson(bytes);
}

template <typename Record>
requires requires(const Record* r) { FieldsOf(r); }
Json ToJson(const Record& record);
template <typename Value>
Json ToJson(const std::map<std::string, Value>& map);

// One without a value is left out.
template <typename Value>
Json ToJson(const std::optional<Value>& value) {
  return ToJson(*value);
}

template <typename Value>
Json ToJson(const std::vector<Value>& values) {
  Json json = Json::array();
  for (const Value& value : values) json.push_back(ToJson(value));
  return json;
}

template <typename Value>
Json ToJson(const std::map<std::string, Value>& map) {
  Json json = Json::object();
  for (const auto& [name, value] : map) json[name] = ToJson(value);
  return json;
}

template <typename Value>
bool LeftOut(const std::vector<Value>& list) {
  return list.empty();
}
template <typename Value>
bool LeftOut(const std::optional<Value>& value) {
  return !value.has_value();
}
template <typename Value>
bool LeftOut(const Value&) {
  return false;
}

template <typename Record>
requires requires(const Record* r) { FieldsOf(r); }
Json ToJson(const Record& record) {
  Json json = Json::object();
  const auto write = [&](const auto& field) {
    const auto& value = record.*field.member;
    if (!LeftOut(value)) json[field.name] = ToJson(value);
  };
  std::apply([&](const auto&... fields) { (write(fields), ...); },
             FieldsOf(&record));
  return json;
}

// ---- from JSON; `path` is where in the text, for the error

absl::Status Wrong(const std::string& path, absl::string_view expected,
                   const nlohmann::json& got) {
  return absl::InvalidArgumentError(absl::StrCat(
      "result: ", path, ": expected ", expected, ", got ", got.type_name()));
}

absl::Status TooMany(const std::string& path, size_t most, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat(
      "result: ", path, ": expected at most ", most, ", got ", got));
}

absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::string& text) {
  if (!json.is_string()) return Wrong(path, "a text", json);
  text = json.get<std::string>();
  if (text.size() > kMaxResultText) {
    return TooMany(absl::StrCat("bytes of ", path), kMaxResultText,
                   text.size());
  }
  return absl::OkStatus();
}

absl::Status Read(const nlohmann::json& json, const std::string& path,
                  double& number) {
  if (json.is_null()) {
    number = std::numeric_limits<double>::quiet_NaN();
    return absl::OkStatus();
  }
  if (!json.is_number()) return Wrong(path, "a number", json);
  number = json.get<double>();
  return absl::OkStatus();
}

// Also as JsonInteger writes large ones. The library would silently truncate
// 1.5, and wrap 2^64 - 1 to -1.
template <typename Integer>
requires std::is_integral_v<Integer> absl::Status Read(
    const nlohmann::json& json, const std::string& path, Integer& number) {
  if (json.is_string() &&
      absl::SimpleAtoi(json.get_ref<const std::string&>(), &number)) {
    return absl::OkStatus();
  }
  if (!json.is_number_integer()) return Wrong(path, "an integer", json);
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<Integer>(json.get<uint64_t>())
                        : std::in_range<Integer>(json.get<int64_t>());
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat(
        "result: ", path, ": expected ", std::numeric_limits<Integer>::min(),
        "..", std::numeric_limits<Integer>::max(), ", got ", json.dump()));
  }
  number = json.get<Integer>();
  return absl::OkStatus();
}

absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::vector<uint8_t>& bytes) {
  std::string decoded;
  if (!json.is_string() ||
      !absl::Base64Unescape(json.get_ref<const std::string&>(), &decoded)) {
    return Wrong(path, "bytes in base64", json);
  }
  bytes.assign(decoded.begin(), decoded.end());
  return absl::OkStatus();
}

absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::vector<float>& numbers) {
  std::vector<uint8_t> bytes;
  HG_RETURN_IF_ERROR(Read(json, path, bytes));
  if (bytes.size() % 4 != 0) return Wrong(path, "float32 in base64", json);
  if (bytes.size() / 4 > kMaxResultNumbers) {
    return TooMany(path, kMaxResultNumbers, bytes.size() / 4);
  }
  numbers.resize(bytes.size() / 4);
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint32_t bits = 0;
    for (size_t byte = 0; byte < 4; ++byte) {
      bits |= uint32_t{bytes[4 * i + byte]} << (8 * byte);
    }
    numbers[i] = std::bit_cast<float>(bits);
  }
  return absl::OkStatus();
}

template <typename Value>
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::optional<Value>& value) {
  return Read(json, path, value.emplace());
}

template <typename Record>
requires requires(const Record* r) { FieldsOf(r); }
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  Record& record);
template <typename Value>
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::map<std::string, Value>& map);

template <typename Value>
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::vector<Value>& values) {
  if (!json.is_array()) return Wrong(path, "a list", json);
  constexpr size_t most =
      std::is_arithmetic_v<Value> ? kMaxResultNumbers : kMaxResultRecords;
  if (json.size() > most) return TooMany(path, most, json.size());
  values.resize(json.size());
  for (size_t i = 0; i < values.size(); ++i) {
    HG_RETURN_IF_ERROR(
        Read(json[i], absl::StrCat(path, "[", i, "]"), values[i]));
  }
  return absl::OkStatus();
}

template <typename Value>
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  std::map<std::string, Value>& map) {
  if (!json.is_object()) return Wrong(path, "an object", json);
  if (json.size() > kMaxResultRecords) {
    return TooMany(path, kMaxResultRecords, json.size());
  }
  for (const auto& [name, value] : json.items()) {
    const std::string shown = name.substr(0, 64);
    if (name.size() > kMaxResultText) {
      return TooMany(absl::StrCat("bytes of a name in ", path), kMaxResultText,
                     name.size());
    }
    HG_RETURN_IF_ERROR(Read(value, absl::StrCat(path, ".", shown), map[name]));
  }
  return absl::OkStatus();
}

template <typename Record>
requires requires(const Record* r) { FieldsOf(r); }
absl::Status Read(const nlohmann::json& json, const std::string& path,
                  Record& record) {
  if (!json.is_object()) return Wrong(path, "an object", json);
  absl::Status status;
  const auto read = [&](const auto& field) {
    auto& value = record.*field.member;
    if (!status.ok()) return;
    const std::string inner =
        path.empty() ? field.name : absl::StrCat(path, ".", field.name);
    if (json.contains(field.name)) {
      status = Read(json[field.name], inner, value);
    } else if (!LeftOut(value)) {  // an absent list is empty
      status = absl::InvalidArgumentError(
          absl::StrCat("result: missing field '", inner, "'"));
    }
  };
  std::apply([&](const auto&... fields) { (read(fields), ...); },
             FieldsOf(&record));
  return status;
}

}  // namespace

std::string ResultToJson(const ExperimentResult& result) {
  return absl::StrCat(
      ToJson(result).dump(-1, ' ', false, Json::error_handler_t::replace),
      "\n");
}

absl::StatusOr<ExperimentResult> ParseResult(const std::string& text) {
  if (text.size() > kMaxResultBytes) {
    return TooMany("bytes", kMaxResultBytes, text.size());
  }
  HG_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text, "result"));
  ExperimentResult result;
  HG_RETURN_IF_ERROR(Read(json, "", result));
  HG_RETURN_IF_ERROR(CheckResult(result));
  return result;
}

}  // namespace hypergan::trainer
