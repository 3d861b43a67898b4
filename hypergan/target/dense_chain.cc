#include "hypergan/target/dense_chain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace hypergan {

std::vector<DenseLayer> DenseChain(absl::string_view prefix, int64_t inputs,
                                   const std::vector<int64_t>& hidden,
                                   int64_t outputs) {
  std::vector<DenseLayer> layers;
  for (int64_t size : hidden) {
    layers.push_back(
        {absl::StrCat(prefix, "_", layers.size()), inputs, size, true});
    inputs = size;
  }
  layers.push_back({absl::StrCat(prefix, "_out"), inputs, outputs, false});
  return layers;
}

std::string DenseChainSource(const std::vector<DenseLayer>& layers,
                             absl::string_view before_last) {
  std::string source;
  for (const DenseLayer& layer : layers) {
    if (!layer.hidden && !before_last.empty()) {
      absl::StrAppend(&source, "    ", before_last, "\n");
    }
    absl::SubstituteAndAppend(
        &source, "    h = torch.linear(h, self.$0_weight, self.$0_bias)\n",
        layer.name);
    if (!layer.hidden) continue;
    absl::SubstituteAndAppend(
        &source,
        "    h = torch.relu(torch.batch_norm(h, self.$0_scale, self.$0_shift, "
        "self.$0_mean, self.$0_variance, self.training, $1, 1e-5, False))\n",
        layer.name, kStatisticsMomentum);
  }
  return source;
}

}  // namespace hypergan
