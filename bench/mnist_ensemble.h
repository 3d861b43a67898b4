#pragma once

#include <torch/script.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "bench/images.h"
#include "hypergan/ensemble/ensemble.h"
#include "hypergan/target/module.h"
#include "hypergan/target/operations.h"

// The paper's MNIST network behind generators of the paper's size, untrained;
// or another checkpoint for images of 28 x 28 that describes its network.
namespace hypergan::bench {

inline Architecture Mnist() { return {FindTargetNetwork("mnist").value(), {}}; }

// The checkpoint that HYPERGAN_CHECKPOINT names, or a new one.
inline Checkpoint NewCheckpoint() {
  if (const char* path = std::getenv("HYPERGAN_CHECKPOINT")) {
    return LoadCheckpoint(path, c10::Device(c10::kCPU)).value();
  }
  const Architecture architecture = Mnist();
  Checkpoint checkpoint;
  checkpoint.module = NewModule(architecture, 1).value();
  checkpoint.manifest.noise_size = architecture.sizes.noise;
  checkpoint.manifest.input_shape = architecture.target.input_shape;
  checkpoint.manifest.num_outputs = architecture.target.NumOutputs();
  checkpoint.manifest.target_network = architecture.target.name;
  checkpoint.manifest.target_network_json =
      TargetNetworkToJson(architecture.target);
  return checkpoint;
}

inline Ensemble NewEnsemble(Workers* workers, const EnsembleSetup& setup = {}) {
  return Ensemble::Create(NewCheckpoint(), c10::Device(c10::kCPU), workers,
                          setup)
      .value();
}

inline TargetNetwork TargetOf(const Manifest& manifest) {
  return ParseTargetNetwork(manifest.target_network_json).value();
}

// `count` images: the digits, and from the second round on the digits shifted
// by a pixel more each round, so that no two rows are the same.
inline at::Tensor Images(int64_t count) {
  const trainer::Rows& digits = Digits();
  std::vector<at::Tensor> rounds;
  for (int64_t taken = 0; taken < count;) {
    const int64_t take = std::min(count - taken, digits.size());
    const auto shift = static_cast<int64_t>(rounds.size());
    rounds.push_back(at::roll(digits.Inputs(0, take), shift, 3));
    taken += take;
  }
  return at::cat(rounds);
}

// Floating-point operations of one network on one row: a multiplication and an
// addition for each weight of each output.
inline double ForwardFlop(const TargetNetwork& target) {
  const Operations operations = OperationsOf(target).value();
  double flop = 0;
  for (const Operation& step : operations.steps) {
    if (const auto* convolve = std::get_if<Convolve>(&step)) {
      const ParameterSlot& slot = operations.slots[convolve->slot];
      flop += 2.0 *
              static_cast<double>(slot.NumWeights() * convolve->output.height *
                                  convolve->output.width);
    } else if (const auto* multiply = std::get_if<Multiply>(&step)) {
      flop += 2.0 * static_cast<double>(
                        operations.slots[multiply->slot].NumWeights());
    }
  }
  return flop;
}

// Of one network's weights.
inline double GeneratorFlop(const Architecture& architecture) {
  double flop = 0;
  const auto add = [&flop](const std::vector<DenseLayer>& layers) {
    for (const DenseLayer& layer : layers) {
      flop += 2.0 * static_cast<double>(layer.inputs * layer.outputs);
    }
  };
  add(MixerLayers(architecture));
  for (size_t i = 0; i < architecture.target.layers.size(); ++i) {
    add(GeneratorLayers(architecture, i));
  }
  return flop;
}

}  // namespace hypergan::bench
