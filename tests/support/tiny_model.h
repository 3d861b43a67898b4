#pragma once

#include <cstdint>
#include <string>

#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/target/architecture.h"
#include "hypergan/target/module.h"

// Small HyperGANs for the tests of model code.
namespace hypergan::testing {

// Generators of a tenth of a second's size.
inline GeneratorSizes TinySizes() {
  GeneratorSizes sizes;
  sizes.noise = 8;
  sizes.mixer_hidden = {16, 16};
  sizes.code = 4;
  sizes.generator_hidden = {16};
  return sizes;
}

inline Architecture TinyArchitecture(const std::string& target) {
  return {FindTargetNetwork(target).value(), TinySizes()};
}

inline Manifest ManifestOf(const Architecture& architecture, Task task) {
  Manifest manifest;
  manifest.task = task;
  manifest.noise_size = architecture.sizes.noise;
  manifest.input_shape = architecture.target.input_shape;
  manifest.num_outputs = architecture.target.NumOutputs();
  manifest.default_num_networks = 10;
  manifest.target_network = architecture.target.name;
  return manifest;
}

// An untrained model of a known target network.
inline Checkpoint TinyCheckpoint(const std::string& target, uint64_t seed = 1) {
  const Architecture architecture = TinyArchitecture(target);
  Checkpoint checkpoint;
  checkpoint.module = NewModule(architecture, seed).value();
  checkpoint.manifest =
      ManifestOf(architecture, target == "regression" ? Task::kRegression
                                                      : Task::kClassification);
  checkpoint.manifest_json = ManifestToJson(checkpoint.manifest);
  return checkpoint;
}

}  // namespace hypergan::testing
