#include "hypergan/target/target_network.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json_field.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/slot_generator.h"

namespace hypergan {
namespace {

// A description costs a few lines of data; nothing else names these networks.
constexpr std::array<std::pair<absl::string_view, absl::string_view>, 4>
    kKnown = {{
        {"regression", R"json({
      "name": "regression", "input_shape": [1],
      "layers": [
        {"kind": "linear", "outputs": 200, "activation": "elu"},
        {"kind": "linear", "outputs": 1}
      ]})json"},
        {"mnist", R"json({
      "name": "mnist", "input_shape": [1, 28, 28],
      "layers": [
        {"kind": "conv2d", "outputs": 32, "kernel": 5, "pool": 2,
         "activation": "leaky_relu"},
        {"kind": "conv2d", "outputs": 32, "kernel": 5, "pool": 2,
         "activation": "leaky_relu"},
        {"kind": "linear", "outputs": 10}
      ]})json"},
        {"cifar-small", R"json({
      "name": "cifar-small", "input_shape": [3, 32, 32],
      "layers": [
        {"kind": "conv2d", "outputs": 16, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "conv2d", "outputs": 32, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "conv2d", "outputs": 32, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "linear", "outputs": 64, "activation": "relu"},
        {"kind": "linear", "outputs": 10}
      ]})json"},
        {"cifar", R"json({
      "name": "cifar", "input_shape": [3, 32, 32],
      "layers": [
        {"kind": "conv2d", "outputs": 32, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "conv2d", "outputs": 64, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "conv2d", "outputs": 64, "kernel": 3, "pool": 2,
         "activation": "relu"},
        {"kind": "linear", "outputs": 128, "activation": "relu"},
        {"kind": "linear", "outputs": 10}
      ]})json"},
    }};

// The values of enumerations with their names in a description.
template <typename Value>
using Names = std::vector<std::pair<Value, absl::string_view>>;

const Names<LayerKind>& KindNames() {
  static const Names<LayerKind> names = {{LayerKind::kLinear, "linear"},
                                         {LayerKind::kConv2d, "conv2d"}};
  return names;
}

Names<Activation> ActivationNames() {
  Names<Activation> names;
  for (const ActivationTraits& traits : Activations()) {
    names.emplace_back(traits.activation, traits.name);
  }
  return names;
}

Names<Generator> GeneratorNames() {
  Names<Generator> names;
  for (const SlotGenerator* generator : SlotGenerators()) {
    names.emplace_back(static_cast<Generator>(names.size()), generator->name());
  }
  return names;
}

// Reads an optional enumeration field of a layer into `value`.
template <typename Value>
absl::Status ReadName(const nlohmann::json& layer, const char* field,
                      const Names<Value>& names, Value& value) {
  if (!layer.contains(field)) return absl::OkStatus();
  HG_ASSIGN_OR_RETURN(std::string name, JsonField<std::string>(layer, field));
  for (const auto& [candidate, known] : names) {
    if (known != name) continue;
    value = candidate;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": unknown value ", Quoted(name), "; expected one of ",
      absl::StrJoin(names, ", ", [](std::string* out, const auto& entry) {
        absl::StrAppend(out, entry.second);
      })));
}

// A field that nobody reads is a mistake that nobody sees.
absl::Status CheckFields(const nlohmann::json& json, absl::string_view what,
                         const std::vector<std::string>& known) {
  if (!json.is_object()) return absl::OkStatus();  // refused by its fields
  for (const auto& item : json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) {
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("target network: ", what, ": expected some of ",
                     absl::StrJoin(known, ", "), ", got ", Quoted(item.key())));
  }
  return absl::OkStatus();
}

absl::StatusOr<Layer> ParseLayer(const nlohmann::json& json) {
  HG_RETURN_IF_ERROR(CheckFields(json, "fields of a layer",
                                 {"kind", "outputs", "kernel", "padding",
                                  "pool", "activation", "generator"}));
  Layer layer;
  HG_RETURN_IF_ERROR(ReadName(json, "kind", KindNames(), layer.kind));
  HG_RETURN_IF_ERROR(
      ReadName(json, "activation", ActivationNames(), layer.activation));
  HG_RETURN_IF_ERROR(
      ReadName(json, "generator", GeneratorNames(), layer.generator));
  HG_ASSIGN_OR_RETURN(layer.outputs, JsonField<int64_t>(json, "outputs"));
  HG_ASSIGN_OR_RETURN(layer.kernel, JsonField<int64_t>(json, "kernel", 1));
  HG_ASSIGN_OR_RETURN(layer.padding, JsonField<int64_t>(json, "padding", 0));
  HG_ASSIGN_OR_RETURN(layer.pool, JsonField<int64_t>(json, "pool", 1));
  return layer;
}

nlohmann::ordered_json LayerToJson(const Layer& layer) {
  nlohmann::ordered_json json;
  json["kind"] = layer.kind == LayerKind::kLinear ? "linear" : "conv2d";
  json["outputs"] = layer.outputs;
  if (layer.kind == LayerKind::kConv2d) {
    json["kernel"] = layer.kernel;
    json["padding"] = layer.padding;
    json["pool"] = layer.pool;
  }
  json["activation"] = std::string(TraitsOf(layer.activation).name);
  json["generator"] = std::string(GeneratorOf(layer.generator).name());
  return json;
}

}  // namespace

absl::StatusOr<TargetNetwork> ParseTargetNetwork(absl::string_view text) {
  HG_ASSIGN_OR_RETURN(nlohmann::json json, ParseJson(text, "target network"));
  HG_RETURN_IF_ERROR(
      CheckFields(json, "fields",
                  {"name", "input_shape", "layers", "input_mean",
                   "input_deviation", "output_mean", "output_deviation"}));
  using Numbers = std::vector<double>;
  TargetNetwork target;
  HG_ASSIGN_OR_RETURN(target.name, JsonField<std::string>(json, "name"));
  HG_ASSIGN_OR_RETURN(target.input_shape,
                      JsonField<std::vector<int64_t>>(json, "input_shape"));
  HG_ASSIGN_OR_RETURN(target.input_mean,
                      JsonField<Numbers>(json, "input_mean", Numbers()));
  HG_ASSIGN_OR_RETURN(target.input_deviation,
                      JsonField<Numbers>(json, "input_deviation", Numbers()));
  HG_ASSIGN_OR_RETURN(target.output_mean,
                      JsonField<Numbers>(json, "output_mean", Numbers()));
  HG_ASSIGN_OR_RETURN(target.output_deviation,
                      JsonField<Numbers>(json, "output_deviation", Numbers()));
  HG_ASSIGN_OR_RETURN(auto layers,
                      JsonField<std::vector<nlohmann::json>>(json, "layers"));
  for (const nlohmann::json& layer : layers) {
    HG_ASSIGN_OR_RETURN(target.layers.emplace_back(), ParseLayer(layer));
  }
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  return target;
}

std::string TargetNetworkToJson(const TargetNetwork& target) {
  nlohmann::ordered_json json;
  json["name"] = target.name;
  json["input_shape"] = target.input_shape;
  for (const Layer& layer : target.layers) {
    json["layers"].push_back(LayerToJson(layer));
  }
  json["input_mean"] = target.input_mean;
  json["input_deviation"] = target.input_deviation;
  json["output_mean"] = target.output_mean;
  json["output_deviation"] = target.output_deviation;
  return json.dump();
}

absl::StatusOr<TargetNetwork> FindTargetNetwork(absl::string_view name) {
  for (const auto& [known, json] : kKnown) {
    if (known == name) return ParseTargetNetwork(json);
  }
  return absl::NotFoundError(absl::StrCat(
      "no target network '", name, "'; there are ",
      absl::StrJoin(kKnown, ", ", [](std::string* out, const auto& entry) {
        absl::StrAppend(out, entry.first);
      })));
}

}  // namespace hypergan
