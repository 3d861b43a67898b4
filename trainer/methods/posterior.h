#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "hypergan/runtime/workers.h"

namespace hypergan::trainer {

// Learning rates of one step. The generators' last layers sum over hundreds of
// hidden units, so the same step moves a generated weight hundreds of times as
// far: they have a rate of their own.
struct LearningRates {
  double hidden = 0;  // everything else: a HyperGAN's mixer and generators'
                      // hidden layers, or all of a baseline
  double last = 0;    // the generators' last layers
  double discriminator = 0;
};

// What one step saw, before its update. What a method lacks stays 0.
struct StepReport {
  double loss = 0;          // supervised, mean over networks and rows
  double disagreement = 0;  // on the synthetic outliers; see target_pass.h
  double ambiguity = 0;     // of the committees; see target_pass.h
  double mixer_loss = 0;    // mean of -log D(z)
  double discriminator_loss = 0;      // 2 ln 2 = 1.39 when D is undecided
  double discriminator_accuracy = 0;  // 1/2 when D is undecided
  double code_mean = 0;      // of all codes' components; the prior's is 0
  double code_variance = 0;  // the prior's is 1
  double regulariser = 0;    // of a baseline, weighted
};

// What an ensemble's networks are drawn from, under training. Every method
// (HyperGAN and the baselines) is one of these, and shares everything else: the
// target networks' pass, the schedule, the evaluation and the checkpoint.
class Posterior {
 public:
  // Weight sets of some networks, with the graph that they came from.
  struct Sample {
    std::vector<at::Tensor> weights;  // [N, ...] each, as of generate()
    at::Tensor regulariser;  // added to the loss, a scalar; may be undefined
    at::Tensor noise;  // [N, noise_size], of methods that draw from noise alone
  };

  virtual ~Posterior() = default;

  // The weight sets of step number `step`: a function of the run's seed and the
  // step.
  virtual Sample Draw(int64_t step, int64_t networks, StepReport* report) = 0;
  // The gradients of all parameters that have one, sharing memory, once those
  // of the last Draw have gone back through its graph. A method adds those of
  // its own losses, such as a discriminator's. Data-parallel training averages
  // them between this and Update.
  virtual std::vector<at::Tensor> Gradients() = 0;
  // Before Update: each network's supervised loss of the last Draw, float64 [N]
  // on the CPU; undefined where networks share a part of it. For methods that
  // accept or reject by it.
  virtual void SeeLosses(const at::Tensor& /*losses*/) {}
  // One step of the optimisers by the gradients, which are then cleared.
  virtual absl::Status Update(const LearningRates& rates, Workers& workers) = 0;

  // Numbers of the noise that one network is drawn from.
  virtual int64_t noise_size() const = 0;
  // What its first number picks one of (Manifest::members).
  virtual int64_t members() const { return 1; }
  // Under the checkpoint's contract, sharing memory with what is trained.
  virtual const torch::jit::Module& module() const = 0;
  // False while module() still generates what it was initialised with, as a
  // generator that is taught later: it is no candidate for a checkpoint then.
  virtual bool has_learned() const { return true; }
  // Everything that Draw and Update change, in a fixed order, sharing memory.
  virtual std::vector<at::Tensor> Tensors() const = 0;
  // `tensors` as from Tensors() of a posterior like this one, after `steps`.
  virtual void Restore(const std::vector<at::Tensor>& tensors,
                       int64_t steps) = 0;
};

// Parameters of a module, which learn.
std::vector<at::Tensor> ModuleParameters(const torch::jit::Module& module);

// Parameters and buffers of a module, sharing memory, without gradients.
std::vector<at::Tensor> ModuleTensors(const torch::jit::Module& module);

// Standard normal [count, size], row n of step s being row s * count + n of the
// stream.
at::Tensor StepNoise(uint64_t stream_seed, int64_t step, int64_t count,
                     int64_t size, c10::Device device);

// Standard normal `noise` [N, size] whose row n picks member n mod `members`, a
// deep ensemble's or a HyperGAN's start (MemberOfNoise,
// hypergan/target/torchscript_source.h): its first number moved to that
// member's share of the distribution. So a step trains every member as often,
// while the rows together still have their distribution if N is a multiple of
// `members`.
at::Tensor SpreadOverMembers(const at::Tensor& noise, int64_t members);

}  // namespace hypergan::trainer
