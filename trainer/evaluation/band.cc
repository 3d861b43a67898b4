#include "trainer/evaluation/band.h"

#include <ATen/ATen.h>

#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

bool IsCurve(const Rows& rows) {
  return rows.inputs.dim() == 2 && rows.inputs.size(1) == 1 &&
         rows.targets.defined() && rows.targets.dim() == 2 &&
         rows.targets.size(1) == 1;
}

BandResult BandOf(const Rows& rows, const EnsembleOutputs& outputs,
                  int64_t networks) {
  const at::Tensor order = rows.inputs.squeeze(1).argsort();
  const at::Tensor values = outputs.network_outputs.narrow(0, 0, networks)
                                .squeeze(2)
                                .to(at::kDouble);  // [networks, R]
  const auto ordered = [&](const at::Tensor& of_rows) {
    return ToVector(of_rows.index_select(0, order));
  };
  BandResult band;
  band.networks = networks;
  band.x = ordered(rows.inputs.squeeze(1));
  band.truth = ordered(rows.targets.squeeze(1));
  band.mean = ordered(values.mean(0));
  band.deviation =
      ordered(networks > 1 ? values.std(0) : at::zeros_like(values[0]));
  return band;
}

}  // namespace hypergan::trainer
