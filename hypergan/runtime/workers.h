#pragma once

#include <c10/core/thread_pool.h>

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace hypergan {

// A fixed set of threads that share out independent pieces of work, each
// running LibTorch single-threaded. Spreading networks over threads beats
// threads inside an operator: nothing waits at a barrier, so a busy machine
// costs its fair share only.
class Workers {
 public:
  // `count` threads; 0: one a core.
  explicit Workers(int count);

  int count() const { return count_; }

  // Runs task(0) .. task(tasks - 1), task i on the worker i mod count() in
  // rising order, and waits for all. Returns the error of the lowest task that
  // failed; what `task` throws becomes INTERNAL. A worker stops at its first
  // error. Not reentrant; one call at a time.
  absl::Status ForEach(int64_t tasks,
                       const std::function<absl::Status(int64_t)>& task);

 private:
  const int count_;
  c10::ThreadPool pool_;
};

// Makes LibTorch single-threaded inside its operators and keeps its allocator
// from returning memory to the system between steps (each return costs the page
// faults of taking it back). Call once, at the start of a program.
void ConfigureProcessForWorkers();

}  // namespace hypergan
