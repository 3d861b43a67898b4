#pragma once

#include <benchmark/benchmark.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <vector>

#include "hypergan/runtime/workers.h"

namespace hypergan::bench {

// Seconds on the clock, and of all threads' computing.
struct Seconds {
  double wall = 0;
  double cpu = 0;
};

template <typename Work>
Seconds Time(const Work& work) {
  const auto now = [](clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) +
           1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double wall = now(CLOCK_MONOTONIC);
  const double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {now(CLOCK_MONOTONIC) - wall, now(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

// The roof of the machine: a large convolution and a large linear layer in
// oneDNN's float32, the same on each of `threads` workers.
class Roof {
 public:
  explicit Roof(int threads) : threads_(threads), workers_(threads) {
    c10::InferenceMode inference;
    const auto channels_last = at::MemoryFormat::ChannelsLast;
    image_ = at::rand({2, 128, 56, 56}).contiguous(channels_last);
    kernel_ = at::rand({128, 128, 3, 3}).contiguous(channels_last);
    matrix_ = at::rand({1024, 1024});
    packed_ = matrix_.to_mkldnn();
  }

  // The better rate of the two, operations a second, on the clock and a core's
  // by computing time; about 50 ms.
  Seconds Rate() {
    const double convolution = 2.0 * 2 * 56 * 56 * 128 * 128 * 9;
    const double linear = 2.0 * 1024 * 1024 * 1024;
    const Seconds a = Run(convolution, [&] {
      benchmark::DoNotOptimize(at::conv2d(image_, kernel_, {}, 1, 1));
    });
    const Seconds b = Run(linear, [&] {
      benchmark::DoNotOptimize(at::mkldnn_linear(packed_, matrix_));
    });
    return {std::max(a.wall, b.wall), std::max(a.cpu, b.cpu)};
  }

 private:
  template <typename Work>
  Seconds Run(double flop, const Work& work) {
    const Seconds seconds = Time([&] {
      (void)workers_.ForEach(threads_, [&](int64_t) {
        c10::InferenceMode inference;
        work();
        return absl::OkStatus();
      });
    });
    return {threads_ * flop / seconds.wall, threads_ * flop / seconds.cpu};
  }

  const int threads_;
  Workers workers_;
  at::Tensor image_, kernel_, matrix_, packed_;
};

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Times `work` of `flop` operations on `threads` workers. Each iteration
// measures the roof right before, so that what else the machine does slows both
// down. Counters, medians over the iterations: `ms` of one call on the clock
// and `cpu_ms` of computing, the roof's GFLOP/s, and the share of it reached,
// on the clock and by computing time (which leaves out what other processes
// take, and idle workers).
template <typename Work>
void Measure(benchmark::State& state, double flop, int threads,
             const Work& work) {
  constexpr double kEnough = 0.02;  // seconds of an iteration's calls
  Roof roof(threads);
  work();
  const auto calls = static_cast<int>(
      std::clamp(std::ceil(kEnough / Time(work).wall), 1.0, 200.0));
  std::vector<double> ms, cpu_ms, rates, shares, cpu_shares;
  for (auto _ : state) {
    const Seconds rate = roof.Rate();
    const Seconds taken = Time([&] {
      for (int i = 0; i < calls; ++i) work();
    });
    state.SetIterationTime(taken.wall / calls);
    ms.push_back(taken.wall / calls * 1e3);
    cpu_ms.push_back(taken.cpu / calls * 1e3);
    rates.push_back(rate.wall * 1e-9);
    shares.push_back(calls * flop / taken.wall / rate.wall);
    cpu_shares.push_back(calls * flop / taken.cpu / rate.cpu);
  }
  state.counters["ms"] = Median(ms);
  state.counters["cpu_ms"] = Median(cpu_ms);
  state.counters["roof_GFLOP/s"] = Median(rates);
  state.counters["share"] = Median(shares);
  state.counters["cpu_share"] = Median(cpu_shares);
}

}  // namespace hypergan::bench
