#include "hypergan/target/target_source.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "hypergan/target/operations.h"

namespace hypergan {
namespace {

// One channel is too little for a convolution to work on: a first one of grey
// images is a matrix product a network on their patches. With more channels
// copying out patches takes longer than that gains.
bool TakesPatches(const Convolve& convolve) {
  return convolve.slot == 0 && convolve.input.channels == 1;
}

// Lines of one method; lines of a loop are one level deeper.
class Method {
 public:
  Method(absl::string_view signature, std::string* source) : source_(*source) {
    absl::StrAppend(&source_, "def ", signature, ":\n");
  }

  template <typename... Values>
  void Line(absl::string_view format, const Values&... values) {
    absl::StrAppend(&source_, is_in_loop_ ? "        " : "    ");
    absl::SubstituteAndAppend(&source_, format, values...);
    absl::StrAppend(&source_, "\n");
  }

  void EnterLoop(absl::string_view head) {
    Line("$0", head);
    is_in_loop_ = true;
  }
  void LeaveLoop() { is_in_loop_ = false; }

 private:
  std::string& source_;
  bool is_in_loop_ = false;
};

// The first operation's input, which all networks share: rows of features,
// images, channels-last, or patches with a last column of ones for the bias.
void AppendLayout(const Operations& operations, std::string* source) {
  Method method("layout(self, inputs: Tensor) -> Tensor", source);
  method.Line("x = (inputs - self.input_mean) / self.input_deviation");
  const auto* first = std::get_if<Convolve>(&operations.steps.front());
  if (first == nullptr) {
    method.Line("return x.flatten(1)");
    return;
  }
  if (!TakesPatches(*first)) {
    method.Line(
        "return x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])");
    return;
  }
  if (first->padding > 0) {
    method.Line("x = torch.constant_pad_nd(x, [$0, $0, $0, $0], 0.0)",
                first->padding);
  }
  method.Line(
      "patches = x.unfold(2, $0, 1).unfold(3, $0, 1)"
      ".permute([0, 2, 3, 1, 4, 5]).reshape([-1, $1])",
      first->kernel, operations.slots[first->slot].fan_in);
  method.Line("return torch.constant_pad_nd(patches, [0, 1], 1.0)");
}

// The operations on h. Images are worked on network by network, in a loop over
// n that Flatten ends; features of all networks at once, [N, B, features].
class Outputs {
 public:
  Outputs(const Operations& operations, std::string* source)
      : operations_(operations),
        method_(
            "outputs(self, layout: Tensor, weights: List[Tensor]) -> Tensor",
            source) {
    if (std::holds_alternative<Convolve>(operations.steps.front())) {
      EnterLoop();
    } else {
      method_.Line(
          "h = layout.unsqueeze(0).expand([weights[0].size(0), -1, -1])");
    }
    for (const Operation& step : operations.steps) std::visit(*this, step);
    method_.Line("return h * self.output_deviation + self.output_mean");
  }

  // The product with patches comes out channels-last.
  void operator()(const Convolve& convolve) {
    if (TakesPatches(convolve)) {
      method_.Line(
          "h = torch.mm(h, k$0[n].t()).view([-1, $1, $2, $3])"
          ".permute([0, 3, 1, 2])",
          convolve.slot, convolve.output.height, convolve.output.width,
          convolve.output.channels);
      return;
    }
    method_.Line("h = torch.conv2d(h, k$0[n], c$0[n], [1, 1], [$1, $1])",
                 convolve.slot, convolve.padding);
  }

  void operator()(const MaxPool& pool) {
    method_.Line("h = torch.max_pool2d(h, [$0, $0])", pool.size);
  }

  void operator()(const Activate& activate) {
    method_.Line(absl::StrCat("h = ", TraitsOf(activate.activation).script),
                 "h");
  }

  // The inputs themselves are flat by their layout.
  void operator()(const Flatten& flatten) {
    if (flatten.order == FeatureOrder::kChannelsFirst) return;
    method_.Line("features.append(h.permute([0, 2, 3, 1]).flatten(1))");
    method_.LeaveLoop();
    method_.Line("h = torch.stack(features)");  // [N, B, F]
  }

  void operator()(const Multiply& multiply) {
    const ParameterSlot& slot = operations_.slots[multiply.slot];
    method_.Line(
        "h = torch.baddbmm(weights[$1].unsqueeze(1), h, "
        "weights[$0].transpose(1, 2))",
        slot.WeightTensor(), slot.BiasTensor());
  }

 private:
  void EnterLoop() {
    for (const Operation& step : operations_.steps) {
      if (const auto* convolve = std::get_if<Convolve>(&step)) {
        TakeApart(*convolve);
      }
    }
    method_.Line("features: List[Tensor] = []");
    method_.EnterLoop("for n in range(weights[0].size(0)):");
    method_.Line("h = layout");
  }

  // Each network's kernel and bias.
  void TakeApart(const Convolve& convolve) {
    const ParameterSlot& slot = operations_.slots[convolve.slot];
    if (TakesPatches(convolve)) {
      method_.Line(
          "k$0 = torch.unbind(torch.cat([weights[$1].flatten(2), "
          "weights[$2].unsqueeze(2)], 2))",
          slot.index, slot.WeightTensor(), slot.BiasTensor());
      return;
    }
    method_.Line("k$0 = torch.unbind(weights[$1])", slot.index,
                 slot.WeightTensor());
    method_.Line("c$0 = torch.unbind(weights[$1])", slot.index,
                 slot.BiasTensor());
  }

  const Operations& operations_;
  Method method_;
};

}  // namespace

std::string TargetNetworkSource(const TargetNetwork& target) {
  const Operations operations = *OperationsOf(target);
  std::string source;
  AppendLayout(operations, &source);
  Outputs(operations, &source);
  absl::StrAppend(
      &source,
      "def predict(self, inputs: Tensor, weights: List[Tensor]) -> Tensor:\n"
      "    return self.outputs(self.layout(inputs), weights)\n"
      "def forward(self, inputs: Tensor, noise: Tensor) -> Tensor:\n"
      "    return self.predict(inputs, self.generate(noise))\n");
  return source;
}

}  // namespace hypergan
