#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/dense_chain.h"
#include "hypergan/target/target_network.h"

namespace hypergan {

// The sizes of a HyperGAN (Ratzlaff and Li, ICML 2019, Fig. 1): noise s goes
// through the mixer Q into one code z_l a layer, and one generator a layer
// turns z_l into that layer's weights and biases.
struct GeneratorSizes {
  int64_t noise = 256;
  std::vector<int64_t> mixer_hidden = {512, 512};
  int64_t code = 64;
  std::vector<int64_t> generator_hidden = {512, 512};
  // Without it the noise itself is the codes, independent from layer to layer
  // (the paper's ablation): noise == layers * code, and one number more where
  // it picks a start.
  bool mixer = true;
  // The mixer's outputs, standardised over networks as its hidden units are:
  // codes that have the prior's mean and variance by construction, so that they
  // cannot run off from it while the discriminator has the upper hand.
  bool standard_codes = false;
  // Points of weight space that networks start from and move away with, in
  // equal shares: modes that lie too far apart for one generator's reach. The
  // first number of a network's noise picks its own, the others its code.
  int64_t starts = 1;

  // Numbers of the noise that codes come from.
  int64_t code_noise() const { return starts > 1 ? noise - 1 : noise; }
};

// A HyperGAN: its own sizes and the network whose weights it generates.
struct Architecture {
  TargetNetwork target;
  GeneratorSizes sizes;
};

// The mixer's chain, noise -> L * code outputs; empty without a mixer.
std::vector<DenseLayer> MixerLayers(const Architecture& architecture);

// The chain of the generator of slot `index`, code -> weights and biases. With
// several starts GENERATOR_starts [starts, weights + biases] is added to it.
std::vector<DenseLayer> GeneratorLayers(const Architecture& architecture,
                                        size_t index);

// INVALID_ARGUMENT for sizes outside their bounds (1..65536, at most 8 hidden
// layers and 1,000 starts, with several of which noise is 2 or more), noise
// that does not fit where there is no mixer, or an invalid target network.
absl::Status CheckArchitecture(const Architecture& architecture);

}  // namespace hypergan
