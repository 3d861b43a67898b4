#include "hypergan/runtime/workers.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(WorkersTest, RunsEveryTaskOnce) {
  Workers workers(3);
  std::vector<std::atomic<int>> runs(100);
  EXPECT_TRUE(workers
                  .ForEach(100,
                           [&](int64_t i) {
                             ++runs[static_cast<size_t>(i)];
                             return absl::OkStatus();
                           })
                  .ok());
  for (const auto& run : runs) EXPECT_EQ(run, 1);
  EXPECT_TRUE(
      workers.ForEach(0, [](int64_t) { return absl::OkStatus(); }).ok());
}

TEST(WorkersTest, ReturnsTheErrorOfTheLowestTask) {
  Workers workers(2);
  const absl::Status status = workers.ForEach(10, [](int64_t i) {
    return i >= 4 ? absl::CancelledError(std::to_string(i)) : absl::OkStatus();
  });
  EXPECT_EQ(status, absl::CancelledError("4"));
}

TEST(WorkersTest, TurnsExceptionsIntoStatus) {
  Workers workers(2);
  const absl::Status status = workers.ForEach(
      2, [](int64_t) -> absl::Status { throw std::runtime_error("broken"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(
      workers.ForEach(2, [](int64_t) { return absl::OkStatus(); }).ok());
}

TEST(WorkersTest, EachRunsLibTorchSingleThreaded) {
  ConfigureProcessForWorkers();
  Workers workers(2);
  EXPECT_TRUE(workers
                  .ForEach(2,
                           [](int64_t) {
                             return at::get_num_threads() == 1
                                        ? absl::OkStatus()
                                        : absl::InternalError("threads");
                           })
                  .ok());
}

}  // namespace
}  // namespace hypergan
