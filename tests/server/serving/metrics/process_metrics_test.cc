#include "server/serving/metrics/process_metrics.h"

#include <fcntl.h>

#include "absl/time/clock.h"
#include "base/owned_fd.h"
#include "gtest/gtest.h"
#include "server/serving/metrics/metric_families.h"

namespace hypergan::server {
namespace {

double Gauge(prometheus::Registry& registry, const char* name) {
  return GaugeFamily(registry, name).Add({}).Value();
}

TEST(ProcessMetricsTest, TellWhatThisProcessTakes) {
  prometheus::Registry registry;
  ProcessMetrics metrics(registry);
  EXPECT_GT(Gauge(registry, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(Gauge(registry, "process_virtual_memory_bytes"),
            Gauge(registry, "process_resident_memory_bytes"));
  EXPECT_GE(Gauge(registry, "process_threads"), 1);
  const double start = Gauge(registry, "process_start_time_seconds");
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  // btime is told in whole seconds.
  EXPECT_LE(start, now + 2);
  EXPECT_GT(start, now - 24 * 3600);
}

TEST(ProcessMetricsTest, CountFilesThatAreOpenNow) {
  prometheus::Registry registry;
  ProcessMetrics metrics(registry);
  const double before = Gauge(registry, "process_open_fds");
  const OwnedFd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  metrics.Update();
  EXPECT_EQ(Gauge(registry, "process_open_fds"), before + 1);
  EXPECT_GT(Gauge(registry, "process_max_fds"), before);
}

TEST(ProcessMetricsTest, TimeOfCoresNeverGoesBack) {
  prometheus::Registry registry;
  ProcessMetrics metrics(registry);
  auto& seconds = CounterFamily(registry, "process_cpu_seconds_total").Add({});
  const double before = seconds.Value();
  volatile double work = 0;
  // A tick is a hundredth of a second.
  while (seconds.Value() < before + 0.02) {
    for (int i = 0; i < 1'000'000; ++i) work = work + i;
    metrics.Update();
  }
  metrics.Update();
  EXPECT_GE(seconds.Value(), before + 0.02);
}

}  // namespace
}  // namespace hypergan::server
