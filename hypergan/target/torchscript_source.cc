#include "hypergan/target/torchscript_source.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/slot_generator.h"
#include "hypergan/target/target_source.h"

namespace hypergan {
namespace {

// Appends one line of a method's body.
void Line(std::string* source, const std::string& text) {
  absl::StrAppend(source, "    ", text, "\n");
}

// Without a mixer the noise itself is the codes: the chain is empty. The number
// that picks a start goes no further: what generators add to a start would
// otherwise have a mean of its own there, and there are two ways to say it.
void AppendCodes(const Architecture& architecture, std::string* source) {
  absl::StrAppend(source, "def codes(self, noise: Tensor) -> Tensor:\n");
  Line(source,
       architecture.sizes.starts > 1 ? "h = noise[:, 1:]" : "h = noise");
  absl::StrAppend(source, DenseChainSource(MixerLayers(architecture), ""));
  if (architecture.sizes.mixer && architecture.sizes.standard_codes) {
    Line(source, absl::Substitute(
                     "h = torch.batch_norm(h, None, None, self.codes_mean, "
                     "self.codes_variance, self.training, $0, 1e-5, False)",
                     kStatisticsMomentum));
  }
  Line(source, absl::Substitute("return h.view([-1, $0, $1])",
                                architecture.target.layers.size(),
                                architecture.sizes.code));
}

// w<i>, b<i> from the generator's flat output h [N, weights + biases].
void AppendSplit(const ParameterSlot& slot, std::string* source) {
  const int64_t weights = slot.NumWeights();
  if (!slot.IsConvolution()) {
    Line(source,
         absl::Substitute("w$0 = h[:, :$1].view([-1, $2, $3])", slot.index,
                          weights, slot.weight[0], slot.weight[1]));
  } else {
    // Generated in the order (output, height, width, channel), so that the
    // convolution finds channels-last weights without a copy.
    Line(source, absl::Substitute("w$0 = h[:, :$1].view([-1, $2, $4, $4, $3])"
                                  ".permute([0, 1, 4, 2, 3])",
                                  slot.index, weights, slot.weight[0],
                                  slot.weight[1], slot.weight[2]));
  }
  Line(source, absl::Substitute("b$0 = h[:, $1:]", slot.index, weights));
}

void AppendReturn(const std::vector<ParameterSlot>& slots,
                  std::string* source) {
  std::string list;
  for (const ParameterSlot& slot : slots) {
    absl::StrAppend(&list, slot.index == 0 ? "" : ", ", "w", slot.index, ", b",
                    slot.index);
  }
  Line(source, absl::StrCat("return [", list, "]"));
}

// h = the starts of slot `index` that `start` [N] names.
std::string PickedStarts(size_t index) {
  return absl::Substitute("self.$0.index_select(0, start)", StartsName(index));
}

void AppendStarts(const std::vector<ParameterSlot>& slots,
                  std::string* source) {
  absl::StrAppend(source, "def starts(self, noise: Tensor) -> List[Tensor]:\n");
  Line(source, absl::StrCat("start = ", MemberOfNoise()));
  for (const ParameterSlot& slot : slots) {
    Line(source, absl::StrCat("h = ", PickedStarts(slot.index)));
    AppendSplit(slot, source);
  }
  AppendReturn(slots, source);
}

void AppendWeights(const Architecture& architecture,
                   const std::vector<ParameterSlot>& slots,
                   std::string* source) {
  absl::StrAppend(source,
                  "def weights(self, codes: Tensor, noise: Tensor)"
                  " -> List[Tensor]:\n");
  const bool has_starts = architecture.sizes.starts > 1;
  if (has_starts) {
    Line(source, absl::StrCat("start = ", MemberOfNoise()));
  }
  for (const ParameterSlot& slot : slots) {
    Line(source, absl::Substitute("h = codes.select(1, $0)", slot.index));
    absl::StrAppend(
        source, GeneratorOf(slot.generator).Source(architecture.sizes, slot));
    if (has_starts) {
      Line(source, absl::StrCat("h = h + ", PickedStarts(slot.index)));
    }
    AppendSplit(slot, source);
  }
  AppendReturn(slots, source);
}

}  // namespace

std::string StartsName(size_t layer) {
  return absl::StrCat("generator", layer, "_starts");
}

std::string MemberOfNoise() {
  return absl::StrCat("torch.bucketize(noise[:, 0].contiguous(), self.",
                      kMemberBounds, ", right=True)");
}

std::string HyperGanSource(const Architecture& architecture) {
  std::string source;
  const std::vector<ParameterSlot> slots = SlotsOf(architecture.target);
  AppendCodes(architecture, &source);
  AppendWeights(architecture, slots, &source);
  if (architecture.sizes.starts > 1) {
    AppendStarts(slots, &source);
  }
  absl::StrAppend(&source,
                  "def generate(self, noise: Tensor) -> List[Tensor]:\n"
                  "    return self.weights(self.codes(noise), noise)\n",
                  TargetNetworkSource(architecture.target));
  return source;
}

}  // namespace hypergan
