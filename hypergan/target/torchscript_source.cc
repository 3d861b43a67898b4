#include "hypergan/target/torchscript_source.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace hypergan {
namespace {

// Of the running statistics: a few networks a step make noisy estimates.
constexpr double kMomentum = 0.02;

// Appends one line of a method's body.
void Line(std::string* source, const std::string& text) {
  absl::StrAppend(source, "    ", text, "\n");
}

// h = chain(h), the layers of a mixer or generator; before the last one comes
// the line `before_last`.
void AppendChain(const std::vector<DenseLayer>& layers,
                 const std::string& before_last, std::string* source) {
  for (const DenseLayer& layer : layers) {
    if (!layer.hidden && !before_last.empty()) Line(source, before_last);
    Line(source,
         absl::Substitute("h = torch.linear(h, self.$0_weight, self.$0_bias)",
                          layer.name));
    if (!layer.hidden) continue;
    Line(source,
         absl::Substitute(
             "h = torch.relu(torch.batch_norm(h, self.$0_scale, self.$0_shift, "
             "self.$0_mean, self.$0_variance, self.training, $1, 1e-5, False))",
             layer.name, kMomentum));
  }
}

// Without a mixer the noise itself is the codes: the chain is empty. The number
// that picks a start goes no further: what generators add to a start would
// otherwise have a mean of its own there, and there are two ways to say it.
void AppendCodes(const Architecture& architecture, std::string* source) {
  absl::StrAppend(source, "def codes(self, noise: Tensor) -> Tensor:\n");
  Line(source,
       architecture.sizes.starts > 1 ? "h = noise[:, 1:]" : "h = noise");
  AppendChain(MixerLayers(architecture), "", source);
  if (architecture.sizes.mixer && architecture.sizes.standard_codes) {
    Line(source, absl::Substitute(
                     "h = torch.batch_norm(h, None, None, self.codes_mean, "
                     "self.codes_variance, self.training, $0, 1e-5, False)",
                     kMomentum));
  }
  Line(source, absl::Substitute("return h.view([-1, $0, $1])",
                                architecture.target.layers.size(),
                                architecture.sizes.code));
}

// w<i>, b<i> from the generator's flat output h [N, weights + biases].
void AppendSplit(const LayerShape& shape, size_t index, std::string* source) {
  const int64_t weights = shape.NumWeights();
  if (shape.weight.size() == 2) {
    Line(source, absl::Substitute("w$0 = h[:, :$1].view([-1, $2, $3])", index,
                                  weights, shape.weight[0], shape.weight[1]));
  } else {
    // Generated in the order (output, height, width, channel), so that the
    // convolution finds channels-last weights without a copy.
    Line(source, absl::Substitute("w$0 = h[:, :$1].view([-1, $2, $4, $4, $3])"
                                  ".permute([0, 1, 4, 2, 3])",
                                  index, weights, shape.weight[0],
                                  shape.weight[1], shape.weight[2]));
  }
  Line(source, absl::Substitute("b$0 = h[:, $1:]", index, weights));
}

void AppendReturn(const std::vector<LayerShape>& shapes, std::string* source) {
  std::string list;
  for (size_t i = 0; i < shapes.size(); ++i) {
    absl::StrAppend(&list, i == 0 ? "" : ", ", "w", i, ", b", i);
  }
  Line(source, absl::StrCat("return [", list, "]"));
}

// h = the starts of layer `index` that `start` [N] names.
std::string PickedStarts(size_t index) {
  return absl::Substitute("self.$0.index_select(0, start)", StartsName(index));
}

void AppendStarts(const std::vector<LayerShape>& shapes, std::string* source) {
  absl::StrAppend(source, "def starts(self, noise: Tensor) -> List[Tensor]:\n");
  Line(source, absl::StrCat("start = ", MemberOfNoise()));
  for (size_t i = 0; i < shapes.size(); ++i) {
    Line(source, absl::StrCat("h = ", PickedStarts(i)));
    AppendSplit(shapes[i], i, source);
  }
  AppendReturn(shapes, source);
}

void AppendWeights(const Architecture& architecture,
                   const std::vector<LayerShape>& shapes, std::string* source) {
  absl::StrAppend(source,
                  "def weights(self, codes: Tensor, noise: Tensor)"
                  " -> List[Tensor]:\n");
  const bool has_starts = architecture.sizes.starts > 1;
  if (has_starts) {
    Line(source, absl::StrCat("start = ", MemberOfNoise()));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    Line(source, absl::Substitute("h = codes.select(1, $0)", i));
    AppendChain(GeneratorLayers(architecture, i), "h = h[:noise.size(0)]",
                source);
    if (has_starts) Line(source, absl::StrCat("h = h + ", PickedStarts(i)));
    AppendSplit(shapes[i], i, source);
  }
  AppendReturn(shapes, source);
}

std::string Activate(Activation activation, const std::string& h) {
  switch (activation) {
    case Activation::kNone:
      return h;
    case Activation::kRelu:
      return absl::StrCat("torch.relu(", h, ")");
    case Activation::kLeakyRelu:
      return absl::StrCat("torch.leaky_relu(", h, ", 0.01)");
    case Activation::kElu:
      return absl::StrCat("torch.elu(", h, ")");
  }
  return h;
}

std::string PoolAndActivate(const Layer& layer) {
  std::string pooled = "h";
  if (layer.pool > 1) {
    pooled = absl::Substitute("torch.max_pool2d(h, [$0, $0])", layer.pool);
  }
  return Activate(layer.activation, pooled);
}

// One channel is too little for a convolution to work on: a first one of grey
// images is a matrix product a network on their patches. With more channels
// copying out patches takes longer than that gains.
bool TakesPatches(const TargetNetwork& target) {
  return target.layers[0].kind == LayerKind::kConv2d &&
         target.input_shape[0] == 1;
}

// The first layer's input, which all networks share: rows of features, images,
// channels-last, or patches with a last column of ones for the bias.
void AppendLayout(const TargetNetwork& target, const LayerShape& shape,
                  std::string* source) {
  absl::StrAppend(source, "def layout(self, inputs: Tensor) -> Tensor:\n");
  Line(source, "x = (inputs - self.input_mean) / self.input_deviation");
  const Layer& layer = target.layers[0];
  if (layer.kind == LayerKind::kLinear) {
    Line(source, "return x.flatten(1)");
    return;
  }
  if (!TakesPatches(target)) {
    Line(source,
         "return x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])");
    return;
  }
  if (layer.padding > 0) {
    Line(source,
         absl::Substitute("x = torch.constant_pad_nd(x, [$0, $0, $0, $0], 0.0)",
                          layer.padding));
  }
  Line(source,
       absl::Substitute("patches = x.unfold(2, $0, 1).unfold(3, $0, 1)"
                        ".permute([0, 2, 3, 1, 4, 5]).reshape([-1, $1])",
                        layer.kernel, shape.fan_in));
  Line(source, "return torch.constant_pad_nd(patches, [0, 1], 1.0)");
}

// Before the loop over networks: each one's kernel and bias of layer i.
void AppendKernels(bool patches, size_t i, std::string* source) {
  if (patches) {
    Line(source, absl::Substitute(
                     "k$0 = torch.unbind(torch.cat([weights[$1].flatten(2), "
                     "weights[$2].unsqueeze(2)], 2))",
                     i, 2 * i, 2 * i + 1));
    return;
  }
  Line(source, absl::Substitute("k$0 = torch.unbind(weights[$1])", i, 2 * i));
  Line(source,
       absl::Substitute("c$0 = torch.unbind(weights[$1])", i, 2 * i + 1));
}

// In the loop: h = layer i of network n on h. The product with patches comes
// out channels-last.
void AppendConvolution(bool patches, const Layer& layer,
                       const LayerShape& shape, size_t i, std::string* source) {
  if (patches) {
    Line(source,
         absl::Substitute("    h = torch.mm(h, k$0[n].t())"
                          ".view([-1, $1, $2, $3]).permute([0, 3, 1, 2])",
                          i, shape.height, shape.width, shape.outputs));
  } else {
    Line(source,
         absl::Substitute(
             "    h = torch.conv2d(h, k$0[n], c$0[n], [1, 1], [$1, $1])", i,
             layer.padding));
  }
  Line(source, absl::StrCat("    h = ", PoolAndActivate(layer)));
}

void AppendConvolutions(const TargetNetwork& target,
                        const std::vector<LayerShape>& shapes,
                        size_t num_convolutions, std::string* source) {
  const auto patches = [&](size_t i) { return i == 0 && TakesPatches(target); };
  for (size_t i = 0; i < num_convolutions; ++i) {
    AppendKernels(patches(i), i, source);
  }
  Line(source, "features: List[Tensor] = []");
  Line(source, "for n in range(weights[0].size(0)):");
  Line(source, "    h = layout");
  for (size_t i = 0; i < num_convolutions; ++i) {
    AppendConvolution(patches(i), target.layers[i], shapes[i], i, source);
  }
  Line(source, "    features.append(h.permute([0, 2, 3, 1]).flatten(1))");
  Line(source, "h = torch.stack(features)");  // [N, B, F]
}

void AppendOutputs(const TargetNetwork& target,
                   const std::vector<LayerShape>& shapes, std::string* source) {
  absl::StrAppend(source,
                  "def outputs(self, layout: Tensor, weights: List[Tensor])"
                  " -> Tensor:\n");
  size_t first_linear = 0;
  while (target.layers[first_linear].kind == LayerKind::kConv2d) ++first_linear;
  if (first_linear > 0) {
    AppendConvolutions(target, shapes, first_linear, source);
  } else {
    Line(source,
         "h = layout.unsqueeze(0).expand([weights[0].size(0), -1, -1])");
  }
  for (size_t i = first_linear; i < target.layers.size(); ++i) {
    Line(source,
         absl::Substitute("h = torch.baddbmm(weights[$1].unsqueeze(1), h, "
                          "weights[$0].transpose(1, 2))",
                          2 * i, 2 * i + 1));
    Line(source,
         absl::StrCat("h = ", Activate(target.layers[i].activation, "h")));
  }
  Line(source, "return h * self.output_deviation + self.output_mean");
}

}  // namespace

std::string TargetNetworkSource(const TargetNetwork& target) {
  const std::vector<LayerShape> shapes = *LayerShapes(target);
  std::string source;
  AppendLayout(target, shapes[0], &source);
  AppendOutputs(target, shapes, &source);
  absl::StrAppend(
      &source,
      "def predict(self, inputs: Tensor, weights: List[Tensor]) -> Tensor:\n"
      "    return self.outputs(self.layout(inputs), weights)\n"
      "def forward(self, inputs: Tensor, noise: Tensor) -> Tensor:\n"
      "    return self.predict(inputs, self.generate(noise))\n");
  return source;
}

std::string StartsName(size_t layer) {
  return absl::StrCat("generator", layer, "_starts");
}

std::string MemberOfNoise() {
  return absl::StrCat("torch.bucketize(noise[:, 0].contiguous(), self.",
                      kMemberBounds, ", right=True)");
}

std::string HyperGanSource(const Architecture& architecture) {
  std::string source;
  const std::vector<LayerShape> shapes = *LayerShapes(architecture.target);
  AppendCodes(architecture, &source);
  AppendWeights(architecture, shapes, &source);
  if (architecture.sizes.starts > 1) {
    AppendStarts(shapes, &source);
  }
  absl::StrAppend(&source,
                  "def generate(self, noise: Tensor) -> List[Tensor]:\n"
                  "    return self.weights(self.codes(noise), noise)\n",
                  TargetNetworkSource(architecture.target));
  return source;
}

}  // namespace hypergan
