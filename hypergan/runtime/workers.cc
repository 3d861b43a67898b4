#include "hypergan/runtime/workers.h"

#include <ATen/Parallel.h>
#include <malloc.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/cores.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

int CountOrCores(int count) { return count > 0 ? count : AvailableCores(); }

}  // namespace

Workers::Workers(int count)
    : count_(CountOrCores(count)),
      // Each thread takes over the process's setting of one thread an operator.
      pool_(count_, /*numa_node_id=*/-1, [] { at::init_num_threads(); }) {}

absl::Status Workers::ForEach(
    int64_t tasks, const std::function<absl::Status(int64_t)>& task) {
  std::vector<absl::Status> statuses(static_cast<size_t>(tasks));
  const int64_t used = std::min<int64_t>(count_, tasks);
  for (int64_t worker = 0; worker < used; ++worker) {
    pool_.run([&, worker] {
      for (int64_t i = worker; i < tasks; i += used) {
        statuses[i] = TorchGuard("worker", [&] { return task(i); });
        if (!statuses[i].ok()) return;
      }
    });
  }
  pool_.waitWorkComplete();
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void ConfigureProcessForWorkers() {
  at::set_num_threads(1);
  at::set_num_interop_threads(1);
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace hypergan
