// Prints docs/metrics.md.
#include <iostream>

#include "tests/server/serving/metrics/metrics_page.h"

int main() {
  std::cout << hypergan::server::MetricsPage() << std::flush;
  return std::cout ? 0 : 1;
}
