#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/scheduler.h"
#include "tests/server/fake_clock.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {

// A job, its inputs, and how it ended.
struct Asked {
  std::vector<float> inputs;
  std::optional<absl::StatusOr<Answer>> end;
  absl::Time ended;
  std::vector<Answer> progress;
  bool cancelled = false;

  absl::StatusCode code() const { return end->status().code(); }
  const Answer& answer() const { return **end; }
};

// A scheduler whose worker is the test, on a clock that only the engine moves:
// drawing a network and asking one about one row each take kUnit.
class SchedulerFixture : public testing::Test {
 protected:
  static constexpr absl::Duration kUnit = absl::Microseconds(10);

  SchedulerFixture() {
    sampling_.reservoir_networks = 0;  // nothing is drawn ahead
    sampling_.weight_cache_bytes = 0;
    engine_ = NewEngine();
  }

  std::shared_ptr<FakeEngine> NewEngine() {
    return std::make_shared<FakeEngine>(
        RegressionManifest(),
        [this](const FakeEngine::Piece& piece, const Interrupt&) {
          pieces_.push_back({piece.inputs.rows, piece.networks});
          clock_.Advance(kUnit * piece.inputs.rows *
                         static_cast<int64_t>(piece.networks.size()));
          if (on_piece_) on_piece_();
          return piece_status_;
        },
        [this](absl::Span<const NetworkRange> ranges, const Interrupt&) {
          for (const NetworkRange& range : ranges) {
            clock_.Advance(kUnit * range.count);
          }
          if (on_draw_) on_draw_();
          return draw_status_;
        },
        [this] {
          if (on_size_) on_size_();
        });
  }

  void Start() {
    supply_ =
        std::make_unique<NetworkSupply>(sampling_, limits_, clock_, registry_);
    scheduler_ = std::make_unique<Scheduler>(
        limits_, clock_, *supply_, log_,
        Scheduler::Observers{
            .queue = [this](const QueueLevel& level) { level_ = level; },
            .loss = [this](const absl::Status& why) { losses_.push_back(why); },
            .rest = [this] { rests_.push_back(clock_.Now()); }});
  }

  // Rows whose sums are first, first + 1 and so on, of the regression model.
  Job MakeJob(Asked& asked, int64_t rows, int64_t networks, float first = 0) {
    asked.inputs.resize(static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      asked.inputs[static_cast<size_t>(row)] = first + static_cast<float>(row);
    }
    Job job;
    job.engine = engine_;
    job.inputs = asked.inputs;
    job.rows = rows;
    job.num_networks = networks;
    job.bytes = rows;
    job.cancelled = [&asked] { return asked.cancelled; };
    job.done = [this, &asked](absl::StatusOr<Answer> answer) {
      ASSERT_FALSE(asked.end.has_value()) << "it ended twice";
      asked.end = std::move(answer);
      asked.ended = clock_.Now();
    };
    return job;
  }

  absl::Status Submit(Asked& asked, int64_t rows, int64_t networks,
                      std::optional<uint64_t> seed = std::nullopt) {
    Job job = MakeJob(asked, rows, networks);
    job.seed = seed;
    return scheduler_->Submit(std::move(job));
  }

  void RunAll() {
    while (scheduler_->RunPiece()) continue;
  }

  // Is the answer what its seed and N say about the job's rows?
  static void ExpectRight(const Asked& asked) {
    ASSERT_TRUE(asked.end.has_value());
    ASSERT_TRUE(asked.end->ok()) << asked.end->status();
    const Answer& answer = asked.answer();
    ASSERT_TRUE(answer.seed.has_value());
    ASSERT_EQ(answer.prediction.mean.size(), asked.inputs.size());
    for (size_t row = 0; row < asked.inputs.size(); ++row) {
      double mean = 0;
      for (int64_t n = 0; n < answer.num_networks; ++n) {
        mean += FakeEngine::Output(asked.inputs[row], 0, *answer.seed, n);
      }
      mean /= static_cast<double>(answer.num_networks);
      EXPECT_NEAR(answer.prediction.mean[row], mean, 1e-5);
    }
  }

  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  struct Piece {
    int64_t rows = 0;
    std::vector<FakeEngine::Network> networks;
  };

  Limits limits_;
  SamplingOptions sampling_;
  FakeClock clock_;
  prometheus::Registry registry_;
  std::vector<std::string> log_lines_;
  const Log log_ = [this](std::string_view line) {
    log_lines_.emplace_back(line);
  };
  std::vector<Piece> pieces_;
  std::function<void()> on_piece_;
  std::function<void()> on_draw_;
  std::function<void()> on_size_;  // of networks being asked for
  absl::Status piece_status_;
  absl::Status draw_status_;
  QueueLevel level_;
  std::vector<absl::Time> rests_;
  std::vector<absl::Status> losses_;  // of the device
  std::shared_ptr<FakeEngine> engine_;
  std::unique_ptr<NetworkSupply> supply_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace hypergan::server
