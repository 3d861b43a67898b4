#include "trainer/evaluation/records/pictures.h"

#include <ATen/ATen.h>
#include <torch/script.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMaxFilters = 64;
constexpr int64_t kMaxFilterSize = 64;

bool IsDrawable(int64_t channels) { return channels == 1 || channels == 3; }

// `image` [channels, height, width], 0 black and 1 white.
Picture PictureOf(const at::Tensor& image) {
  Picture picture;
  picture.channels = image.size(0);
  picture.height = image.size(1);
  picture.width = image.size(2);
  const at::Tensor bytes = (image.permute({1, 2, 0}).to(at::kDouble) * 255)
                               .round()
                               .clamp(0, 255)
                               .to(at::kByte)
                               .contiguous();
  const auto* data = bytes.data_ptr<uint8_t>();
  picture.pixels.assign(data, data + bytes.numel());
  return picture;
}

std::string NameOf(int64_t label, const std::vector<std::string>& class_names) {
  const auto names = static_cast<int64_t>(class_names.size());
  return label < names ? class_names[label] : absl::StrCat(label);
}

}  // namespace

std::vector<Picture> UncertainPictures(
    const Rows& rows, const EnsembleOutputs& outputs,
    const std::vector<std::string>& class_names, int64_t count, bool most) {
  if (rows.inputs.dim() != 4 || !IsDrawable(rows.inputs.size(1))) return {};
  const at::Tensor& entropy = outputs.scores.predictive_entropy;
  const at::Tensor order = entropy.argsort(/*stable=*/true, /*dim=*/0, most);
  std::vector<Picture> pictures;
  for (int64_t i = 0; i < std::min(count, rows.size()); ++i) {
    const int64_t row = order[i].item<int64_t>();
    Picture picture = PictureOf(rows.Inputs(row, 1)[0]);
    const auto label = rows.targets[row].item<int64_t>();
    const auto predicted = outputs.mean[row].argmax().item<int64_t>();
    picture.caption = NameOf(label, class_names);
    if (predicted != label) {
      absl::StrAppend(&picture.caption, ", taken for ",
                      NameOf(predicted, class_names));
    }
    picture.score = entropy[row].item<double>();
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

absl::StatusOr<std::vector<std::vector<Picture>>> FirstLayerFilters(
    const Ensemble& ensemble, int64_t num_networks, uint64_t seed) {
  using Filters = std::vector<std::vector<Picture>>;
  return TorchGuard("filters", [&]() -> absl::StatusOr<Filters> {
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const at::Tensor noise = ensemble.sampler().Noise(seed, 0, num_networks);
    const at::Tensor weights =
        ensemble.checkpoint()
            .module.get_method("generate")({noise.to(ensemble.device())})
            .toTensorVector()[0]
            .cpu();
    Filters filters;
    if (weights.dim() != 5 || !IsDrawable(weights.size(2)) ||
        weights.size(1) > kMaxFilters || weights.size(3) > kMaxFilterSize ||
        weights.size(4) > kMaxFilterSize) {
      return filters;
    }
    for (const at::Tensor& network : weights.unbind(0)) {
      const double scale = std::max(network.abs().max().item<double>(), 1e-30);
      std::vector<Picture> pictures;
      for (const at::Tensor& filter : network.unbind(0)) {
        pictures.push_back(PictureOf((filter.to(at::kDouble) / scale + 1) / 2));
      }
      filters.push_back(std::move(pictures));
    }
    return filters;
  });
}

}  // namespace hypergan::trainer
