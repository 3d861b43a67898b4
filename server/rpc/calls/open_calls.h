#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rpc/calls/received_bytes.h"
#include "server/serving/admission/limits.h"
#include "server/serving/clock.h"

namespace hypergan::server {

// What a call asks for. Each kind has room of its own, so that calls of one
// kind never keep out those of another.
enum class CallKind { kPrediction, kDescription, kHealthCheck, kHealthWatch };

// Every call from its arrival until gRPC has sent its last byte, which may be
// long after it was answered: a large answer waits for a slow client.
// Thread-safe.
//
// A call is in one of three stages:
//   arriving    its message is on its way, for max_arrival_time at most
//   working     it was admitted: it has room in count and in bytes
//   delivering  its answer waits for its client, for max_delivery_time at most
//
// Clients that send or read slowly must not keep out others, so they get half
// of the room. Calls that have been arriving, or delivering, for longer than
// kPatience may fill that half; beyond it the oldest of them are ended. What is
// there of messages that are not yet whole may fill half of
// max_transport_bytes; beyond it the calls of the connection that holds most of
// it are ended.
class OpenCalls {
 public:
  static constexpr absl::Duration kPatience = absl::Milliseconds(100);

  // Bytes received on each connection so far.
  using Received = std::function<std::map<std::string, int64_t>()>;
  // Ends a call with that status. Must not throw, and be
  // callable after the call is over, then without an effect.
  using Cancel = std::function<void(const absl::Status& why)>;

  // One call, which begins as arriving. For one thread at a time.
  class Call {
   public:
    // `connection` is a name that Received knows, if it knows any.
    Call(OpenCalls& calls, CallKind kind, std::string connection,
         Cancel cancel);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Its message, of so many bytes, has arrived.
    void Arrive(int64_t message_bytes);
    // The call and its answer may hold so many bytes. RESOURCE_EXHAUSTED if
    // there is no room for them. Call at most once.
    absl::Status Admit(int64_t bytes);
    // From now on the call holds no more than so many bytes.
    void Hold(int64_t bytes);
    // What there is waits for the client.
    void Deliver();
    // The client has taken what there was; more may follow.
    void Continue();

   private:
    friend class OpenCalls;
    enum class Stage { kArriving, kWorking, kDelivering, kEnded };

    OpenCalls& calls_;
    const CallKind kind_;
    const std::string connection_;
    const Cancel cancel_;
    // Guarded by the mutex of calls_.
    Stage stage_ = Stage::kArriving;
    absl::Time since_;  // it has been in this stage
    // Itself, while it is in no list of calls_: moving there takes no memory.
    std::list<Call*> self_{this};
    std::list<Call*>::iterator place_ = self_.begin();
    // Bytes of its connection that were received and in no whole message, when
    // it was first looked at.
    std::optional<int64_t> unfinished_before_;
    bool admitted_ = false;
    int64_t bytes_ = 0;
  };

  // What the admitted calls of a kind hold.
  struct Level {
    int64_t calls = 0;
    int64_t bytes = 0;
  };

  // Borrows the clock. Of the limits it reads those of open calls and of the
  // transport.
  OpenCalls(const Limits& limits, const Clock& clock,
            Received received = ReceivedBytes);

  // Ends the calls whose time is over and those that are beyond their half.
  // To be called every now and then, at least once in kPatience.
  void EndOverdue();
  // Waits, a day at most, until a call is arriving or delivering, or Stop;
  // false after Stop.
  bool WaitUntilSomeWait();
  // Waits so long, or until Stop; false after Stop.
  bool Sleep(absl::Duration time);
  void Stop();

  // Waits, a day at most, for no admitted prediction to be left; true when none
  // is.
  bool WaitUntilNone(absl::Duration timeout);

  Level LevelOf(CallKind kind) const;
  // Of them, those whose answers wait for their clients.
  Level DeliveringOf(CallKind kind) const;
  int64_t arriving() const;

 private:
  // Of one kind.
  struct Room {
    int64_t max_calls = 0;
    int64_t max_bytes = 0;
    Level held;                   // by all admitted calls
    Level delivering;             // by those that are being delivered
    std::list<Call*> deliveries;  // the oldest first
  };
  struct Ending {
    Cancel cancel;
    absl::Status why;
  };
  // Of a connection on which calls are arriving.
  struct Connection {
    int64_t arriving = 0;
    int64_t finished = 0;  // bytes of its whole messages since then
  };

  Room& RoomOf(CallKind kind) { return rooms_[static_cast<size_t>(kind)]; }
  void Add(Call& call);
  void Remove(Call& call);
  void Arrive(Call& call, int64_t message_bytes);
  absl::Status Admit(Call& call, int64_t bytes);
  void Hold(Call& call, int64_t bytes);
  void Deliver(Call& call);
  void Continue(Call& call);
  void FindOverdue(std::vector<Ending>& endings);
  void EnterLocked(Call& call, Call::Stage stage);
  void LeaveLocked(Call& call);
  void EndLocked(Call& call, absl::Status why, std::vector<Ending>& endings);
  void EndArrivingLocked(absl::Time now, std::vector<Ending>& endings);
  void EndDeliveringLocked(absl::Time now, Room& room,
                           std::vector<Ending>& endings);
  std::map<std::string, int64_t> UnfinishedLocked(
      const std::map<std::string, int64_t>& received);
  void EndHalfSentLocked(absl::Time now,
                         const std::map<std::string, int64_t>& received,
                         std::vector<Ending>& endings);
  bool NobodyWaitsLocked() const;

  const Limits limits_;
  const Clock& clock_;
  const Received received_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::condition_variable became_none_;
  std::list<Call*> arrivals_;  // the oldest first
  std::map<std::string, Connection> connections_;
  std::array<Room, 4> rooms_;  // by kind
  bool stopping_ = false;
};

}  // namespace hypergan::server
