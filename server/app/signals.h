#pragma once

#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "server/serving/clock.h"
#include "server/serving/log.h"

namespace hypergan::server {

// The signals of this process, taken by a thread of its own, so that they are
// heard whatever the other threads do. Make it before any other thread: the
// signals are blocked in this thread and in those started from now on.
//
//   SIGTERM, SIGINT, SIGQUIT  ask the program to stop; a second one ends it at
//                             once, with 128 and its number
//   SIGHUP                    what SetHangup says
//   SIGUSR1, SIGUSR2          a line in the log
//   SIGPIPE, SIGXFSZ, SIGALRM, SIGVTALRM, SIGPROF, SIGIO
//                             ignored, unless somebody else has taken them: a
//                             write then fails with its reason
class Signals {
 public:
  // How long the program may take to end once it has been asked to stop. After
  // that it is ended with `exit_code`.
  struct Patience {
    absl::Duration time;
    int exit_code = 0;
  };

  Signals(const Log& log, const Patience& patience);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Has the program been asked to stop? Stays true from then on.
  bool Stopped() const;
  // Returns when it has.
  void WaitForStop() const;
  // Also after the program has been asked to stop: the time begins anew.
  void SetPatience(const Patience& patience);
  // From now on SIGHUP calls it, on the thread of the signals; null: a line in
  // the log.
  void SetHangup(std::function<void()> hangup);
  // As if SIGTERM had arrived from outside. From any thread.
  static void RaiseStop();

 private:
  void Listen();
  int Next();
  void Take(int signal);
  void EndIfOverdue();

  const SystemClock clock_;
  const Log log_;
  sigset_t signals_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  bool stopped_ = false;
  bool over_ = false;
  Patience patience_;
  std::function<void()> hangup_;
  absl::Time deadline_ = absl::InfiniteFuture();
  std::thread listener_;
};

}  // namespace hypergan::server
