#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine.h"
#include "server/serving/clock.h"
#include "server/serving/networks/networks.h"
#include "server/serving/scheduling/duration_estimate.h"
#include "server/serving/scheduling/job_queue.h"
#include "server/serving/scheduling/piece_plan.h"

namespace hypergan::server {

// OK as long as the client waits and the deadline has not come.
absl::Status Liveness(const Job& job, absl::Time now);

// Answers jobs that became part of no batch.
void EndJobs(std::vector<QueuedJob>& jobs, const absl::Status& why);

// Jobs that are asked of the same networks in one go: their rows stand one
// below the other, and each is given its own back. For one thread.
class Batch {
 public:
  // Gives jobs that can share with `first`, of a batch that is `cost` rows x
  // networks and `values` inputs so far, and within its bounds.
  using Latecomers = std::function<std::vector<QueuedJob>(
      const Job& first, int64_t cost, int64_t values)>;

  // Takes the jobs, at least one; several must be such that each CanShare with
  // the others. Should it throw, they are still there. Borrows the rest.
  // `latecomers` is asked once, when the first networks have been drawn, so
  // that who came meanwhile need not wait for networks of their own.
  // `interrupt` is asked between pieces besides the jobs.
  Batch(std::vector<QueuedJob>& jobs, Networks networks, const PiecePlan& plan,
        const Clock& clock, Latecomers latecomers, Interrupt interrupt);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Asks some networks more, and answers the jobs that are done with that, that
  // have died, whose rows' outputs, or what is made of them, overflow
  // (INVALID_ARGUMENT), or, all of them, that
  // failed. False once none is left.
  bool RunPiece();

  // Another batch's piece, of about that time, goes first: answers the jobs
  // that could not wait for it and for a piece of this one, with what there is.
  // False once none is left.
  bool GiveWay(absl::Duration piece);

  // Rows x networks that were asked so far, and that are left to ask.
  int64_t work_done() const { return rows_ * asked_; }
  int64_t work_left() const;

  const std::shared_ptr<const Engine>& engine() const { return engine_; }
  // Why the jobs were all ended at once; OK as long as they were not.
  const absl::Status& failure() const { return failure_; }
  // The networks, for what is to be kept of them.
  const Networks& networks() const { return networks_; }

 private:
  struct Member {
    Job job;
    int64_t first_row = 0;
    absl::Time accepted;
    absl::Duration queued;  // until it joined, less waited_ by then
  };

  bool EndIfFailed(absl::Status status);
  absl::Status Advance();
  absl::Status Begin();
  void Add(std::vector<QueuedJob>& jobs);
  void LetLatecomersIn();
  absl::Status OpenSession();
  int64_t NextNetworks(int64_t rows) const;
  int64_t NextNetworksInTime() const;
  absl::Status Ask(int64_t networks);
  void FinishCancelled();
  void AnswerExpiring(absl::Duration next_piece);
  void EndTheOverflown();
  void EndTheDone();
  void TellProgress();
  absl::Status InterruptOfAll() const;
  bool HasPartial(const Job& job) const;
  absl::Time AnswerBy(const Member& member) const;
  absl::Status LivenessOf(const Member& member, absl::Time now) const;
  bool complete() const { return asked_ == most_networks_; }

  // The time that it spent waiting for its turn, pieces of others included.
  absl::Duration QueuedOf(const Member& member) const {
    return member.queued + waited_;
  }
  absl::StatusOr<Answer> AnswerOf(const Member& member, StopReason stop) const;
  void End(size_t member, absl::StatusOr<Answer> answer);
  void EndAll(const absl::Status& why);

  std::vector<Member> members_;  // not answered yet
  Networks networks_;
  const PiecePlan& plan_;
  const Clock& clock_;
  const Latecomers latecomers_;
  const Interrupt interrupt_;
  const std::shared_ptr<const Engine> engine_;
  const int64_t most_networks_;
  const bool stepwise_;
  int64_t num_jobs_ = 0;  // whose rows are asked, and what they are:
  int64_t rows_ = 0;
  std::vector<float> inputs_;  // of several jobs; one job's stay where they are
  std::unique_ptr<Session> session_;
  int64_t asked_ = 0;
  absl::Status failure_;
  absl::Duration drawing_;
  absl::Duration asking_;
  DurationEstimate network_;  // of a piece's time, a network
  absl::Time left_off_;       // at the end of the last piece
  absl::Duration waited_;     // between pieces, and for the first
};

}  // namespace hypergan::server
