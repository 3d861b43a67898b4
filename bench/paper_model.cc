#include "bench/paper_model.h"

#include <cstdio>
#include <cstdlib>

#include "bench/mnist_ensemble.h"

namespace hypergan::bench {

void WritePaperModel(const std::string& path) {
  const Checkpoint checkpoint = NewCheckpoint();
  const absl::Status saved =
      SaveCheckpoint(checkpoint.module, checkpoint.manifest, path);
  if (saved.ok()) return;
  std::fprintf(stderr, "%s\n", saved.ToString().c_str());
  std::exit(1);
}

std::vector<float> PaperRows(int64_t rows) {
  const at::Tensor images = Images(rows).contiguous();
  const float* const first = images.const_data_ptr<float>();
  return {first, first + images.numel()};
}

}  // namespace hypergan::bench
