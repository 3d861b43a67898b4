#pragma once

#include <cstdint>
#include <string>

#include "prometheus/registry.h"

namespace hypergan::server {

// The metrics of one place where weight sets are kept:
// hypergan_<name>_hits_total and so on. Thread-safe.
class StoreMetrics {
 public:
  // Registers with `registry`, which must outlive this. `name` as "reservoir".
  StoreMetrics(prometheus::Registry& registry, const std::string& name);

  // A batch found its networks there, or did not.
  void CountHit();
  void CountMiss();
  // So many networks were put there.
  void CountFilled(int64_t networks);
  void SetLevel(int64_t networks, int64_t bytes);

 private:
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  prometheus::Counter& filled_;
  prometheus::Gauge& networks_;
  prometheus::Gauge& bytes_;
};

}  // namespace hypergan::server
