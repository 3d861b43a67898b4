#include "hypergan/target/target_network.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json_field.h"
#include "base/quoted.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

constexpr int64_t kMaxLayers = 64;
constexpr int64_t kMaxOutputs = int64_t{1} << 20;
constexpr int64_t kMaxLayerWeights = int64_t{1} << 28;
constexpr int64_t kMaxImageSide = 4096;

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

constexpr std::array<std::pair<LayerKind, absl::string_view>, 2> kKinds = {
    {{LayerKind::kLinear, "linear"}, {LayerKind::kConv2d, "conv2d"}}};
constexpr std::array<std::pair<Activation, absl::string_view>, 4> kActivations =
    {{{Activation::kNone, "none"},
      {Activation::kRelu, "relu"},
      {Activation::kLeakyRelu, "leaky_relu"},
      {Activation::kElu, "elu"}}};
constexpr std::array<std::pair<Generator, absl::string_view>, 1> kGenerators = {
    {{Generator::kDense, "dense"}}};

template <typename Names, typename Value>
absl::string_view NameOf(const Names& names, Value value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return "";
}

template <typename Names>
auto ValueOf(const Names& names, absl::string_view name)
    -> std::optional<std::decay_t<decltype(names[0].first)>> {
  for (const auto& [value, candidate] : names) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

// Reads an optional enumeration field of a layer into `value`.
template <typename Names, typename Value>
absl::Status ReadName(const nlohmann::json& layer, const char* field,
                      const Names& names, Value& value) {
  if (!layer.contains(field)) return absl::OkStatus();
  HG_ASSIGN_OR_RETURN(std::string name, JsonField<std::string>(layer, field));
  auto found = ValueOf(names, name);
  if (!found) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": unknown value ", Quoted(name)));
  }
  value = *found;
  return absl::OkStatus();
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
  HG_RETURN_IF_ERROR(ReadName(json, "kind", kKinds, layer.kind));
  HG_RETURN_IF_ERROR(
      ReadName(json, "activation", kActivations, layer.activation));
  HG_RETURN_IF_ERROR(ReadName(json, "generator", kGenerators, layer.generator));
  HG_ASSIGN_OR_RETURN(layer.outputs, JsonField<int64_t>(json, "outputs"));
  HG_ASSIGN_OR_RETURN(layer.kernel, JsonField<int64_t>(json, "kernel", 1));
  HG_ASSIGN_OR_RETURN(layer.padding, JsonField<int64_t>(json, "padding", 0));
  HG_ASSIGN_OR_RETURN(layer.pool, JsonField<int64_t>(json, "pool", 1));
  return layer;
}

nlohmann::ordered_json LayerToJson(const Layer& layer) {
  nlohmann::ordered_json json;
  json["kind"] = std::string(NameOf(kKinds, layer.kind));
  json["outputs"] = layer.outputs;
  if (layer.kind == LayerKind::kConv2d) {
    json["kernel"] = layer.kernel;
    json["padding"] = layer.padding;
    json["pool"] = layer.pool;
  }
  json["activation"] = std::string(NameOf(kActivations, layer.activation));
  json["generator"] = std::string(NameOf(kGenerators, layer.generator));
  return json;
}

absl::Status LayerError(size_t index, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("target network: layer ", index, ": ", what));
}

// Advances `shape` (the layer's input) to the layer's output.
absl::StatusOr<LayerShape> ShapeOf(const Layer& layer, size_t index,
                                   std::vector<int64_t>& shape) {
  if (layer.outputs < 1 || layer.outputs > kMaxOutputs) {
    return LayerError(index, absl::StrCat("outputs must be in 1..", kMaxOutputs,
                                          ", got ", layer.outputs));
  }
  LayerShape result;
  result.outputs = layer.outputs;
  if (layer.kind == LayerKind::kLinear) {
    int64_t inputs = 1;
    for (int64_t size : shape) inputs *= size;
    result.fan_in = inputs;
    result.weight = {layer.outputs, inputs};
    shape = {layer.outputs};
  } else {
    if (shape.size() != 3) {
      return LayerError(index,
                        "conv2d needs a [channels, height, width] input");
    }
    if (layer.kernel < 1 || layer.kernel > 31 || layer.padding < 0 ||
        layer.padding >= layer.kernel || layer.pool < 1 || layer.pool > 16) {
      return LayerError(
          index, "expected kernel in 1..31, padding below it, pool in 1..16");
    }
    result.height = shape[1] + 2 * layer.padding - layer.kernel + 1;
    result.width = shape[2] + 2 * layer.padding - layer.kernel + 1;
    if (result.height < layer.pool || result.width < layer.pool) {
      return LayerError(index, absl::StrCat("kernel and pool leave nothing of ",
                                            shape[1], "x", shape[2]));
    }
    result.fan_in = shape[0] * layer.kernel * layer.kernel;
    result.weight = {layer.outputs, shape[0], layer.kernel, layer.kernel};
    shape = {layer.outputs, result.height / layer.pool,
             result.width / layer.pool};
  }
  if (result.fan_in > kMaxLayerWeights / layer.outputs) {
    return LayerError(index,
                      absl::StrCat("more than ", kMaxLayerWeights, " weights"));
  }
  return result;
}

absl::Status CheckConstants(const std::vector<double>& mean,
                            const std::vector<double>& deviation,
                            int64_t expected, absl::string_view what) {
  const auto size = static_cast<size_t>(expected);
  const bool sizes_fit = (mean.empty() && deviation.empty()) ||
                         (mean.size() == size && deviation.size() == size);
  if (!sizes_fit) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target network: ", what, " mean and deviation: expected ", expected,
        " of each or none, got ", mean.size(), " and ", deviation.size()));
  }
  for (double value : deviation) {
    if (!(value > 0)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "target network: ", what, " deviation must be positive"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<LayerShape>> LayerShapes(
    const TargetNetwork& target) {
  const size_t rank = target.input_shape.size();
  if (rank != 1 && rank != 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target network: input_shape must be [features] or [channels, height, "
        "width], got ",
        rank, " dimensions"));
  }
  for (int64_t size : target.input_shape) {
    if (size < 1 || size > (rank == 1 ? kMaxOutputs : kMaxImageSide)) {
      return absl::InvalidArgumentError(
          absl::StrCat("target network: input_shape out of bounds: [",
                       absl::StrJoin(target.input_shape, ", "), "]"));
    }
  }
  if (target.layers.empty() || target.layers.size() > kMaxLayers) {
    return absl::InvalidArgumentError(
        absl::StrCat("target network: expected 1..", kMaxLayers,
                     " layers, got ", target.layers.size()));
  }
  if (target.layers.back().kind != LayerKind::kLinear) {
    return absl::InvalidArgumentError(
        "target network: the last layer must be linear");
  }
  HG_RETURN_IF_ERROR(CheckConstants(target.input_mean, target.input_deviation,
                                    target.input_shape[0], "input"));
  HG_RETURN_IF_ERROR(CheckConstants(target.output_mean, target.output_deviation,
                                    target.NumOutputs(), "output"));
  std::vector<LayerShape> shapes;
  std::vector<int64_t> shape = target.input_shape;
  for (size_t i = 0; i < target.layers.size(); ++i) {
    HG_ASSIGN_OR_RETURN(LayerShape layer, ShapeOf(target.layers[i], i, shape));
    shapes.push_back(std::move(layer));
  }
  return shapes;
}

int64_t NumParameters(const TargetNetwork& target) {
  const std::vector<LayerShape> shapes = *LayerShapes(target);
  int64_t total = 0;
  for (const LayerShape& shape : shapes) {
    total += shape.NumParameters();
  }
  return total;
}

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
  HG_RETURN_IF_ERROR(LayerShapes(target).status());
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
