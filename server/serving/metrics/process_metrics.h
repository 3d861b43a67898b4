#pragma once

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace hypergan::server {

// What the process takes of its machine, by the names that every exporter for
// Prometheus has for it. For one thread at a time.
class ProcessMetrics {
 public:
  // Registers with `registry`, which must outlive this.
  explicit ProcessMetrics(prometheus::Registry& registry);

  // Reads it anew from /proc; what cannot be read stays as it was.
  void Update();

 private:
  void UpdateFromStat();
  void UpdateFiles();

  prometheus::Counter& cpu_seconds_;
  prometheus::Gauge& start_time_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& virtual_bytes_;
  prometheus::Gauge& threads_;
  prometheus::Gauge& open_files_;
  prometheus::Gauge& max_files_;
};

}  // namespace hypergan::server
