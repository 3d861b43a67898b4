#include "trainer/loop/post_hoc.h"

#include "base/status_macros.h"
#include "hypergan/target/architecture.h"
#include "trainer/loop/checkpoint_maker.h"

namespace hypergan::trainer {

absl::StatusOr<Checkpoint> MakeLaplace(Checkpoint& base,
                                       const TrainingOptions& options,
                                       const TrainingData& data,
                                       LaplaceOptions laplace, const Stop& stop,
                                       Workers& workers) {
  laplace.interrupt = stop.Interrupt();
  HG_ASSIGN_OR_RETURN(Checkpoint made,
                      LastLayerLaplace(base, data.split.training,
                                       data.split.validation, laplace));
  Architecture architecture;
  HG_ASSIGN_OR_RETURN(architecture.target,
                      ParseTargetNetwork(made.manifest.target_network_json));
  // Its networks are drawn, whatever the base's were.
  TrainingOptions drawn = options;
  drawn.method = Method::kHyperGan;
  const CheckpointMaker maker(drawn, data, architecture, c10::Device(c10::kCPU),
                              workers, stop);
  HG_ASSIGN_OR_RETURN(const Figures figures,
                      maker.Validate(made.module, made.manifest));
  made.manifest.validation = maker.NamedForRows(figures);
  HG_RETURN_IF_ERROR(maker.Calibrate(made.module, &made.manifest));
  if (options.temper) HG_RETURN_IF_ERROR(maker.Temper(&made).status());
  made.manifest_json = ManifestToJson(made.manifest);
  return made;
}

}  // namespace hypergan::trainer
