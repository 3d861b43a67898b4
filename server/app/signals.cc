#include "server/app/signals.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

constexpr int kStops[] = {SIGTERM, SIGINT, SIGQUIT};
constexpr int kNoted[] = {SIGHUP, SIGUSR1, SIGUSR2};
constexpr int kIgnored[] = {SIGPIPE,   SIGXFSZ, SIGALRM,
                            SIGVTALRM, SIGPROF, SIGIO};
// How often a program that is to end is looked after.
constexpr timespec kLook = {.tv_sec = 0, .tv_nsec = 100'000'000};

bool IsStop(int signal) {
  for (const int stop : kStops) {
    if (signal == stop) return true;
  }
  return false;
}

// A profiler that was loaded before has a handler, which stays.
void IgnoreByDefault(int signal) {
  struct sigaction action = {};
  sigaction(signal, nullptr, &action);
  if (action.sa_handler == SIG_DFL) std::signal(signal, SIG_IGN);
}

std::string Name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? absl::StrCat("signal ", signal)
                         : absl::StrCat("SIG", name);
}

}  // namespace

Signals::Signals(const Log& log, const Patience& patience)
    : log_(log), patience_(patience) {
  sigemptyset(&signals_);
  for (const int signal : kStops) sigaddset(&signals_, signal);
  for (const int signal : kNoted) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  for (const int signal : kIgnored) IgnoreByDefault(signal);
  listener_ = std::thread([this] { Listen(); });
}

Signals::~Signals() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  pthread_kill(listener_.native_handle(), SIGHUP);
  listener_.join();
}

bool Signals::Stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Signals::WaitForStop() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_; });
}

void Signals::SetPatience(const Patience& patience) {
  const std::lock_guard lock(mutex_);
  patience_ = patience;
  if (stopped_) deadline_ = clock_.Now() + patience.time;
}

void Signals::SetHangup(std::function<void()> hangup) {
  const std::lock_guard lock(mutex_);
  hangup_ = std::move(hangup);
}

void Signals::RaiseStop() { kill(getpid(), SIGTERM); }

void Signals::Listen() {
  for (;;) {
    const int signal = Next();
    {
      const std::lock_guard lock(mutex_);
      if (over_) return;
    }
    // EINTR, as from a debugger, is no signal of ours; nor is EAGAIN.
    if (signal > 0) Take(signal);
    EndIfOverdue();
  }
}

int Signals::Next() {
  return Stopped() ? sigtimedwait(&signals_, nullptr, &kLook)
                   : sigwaitinfo(&signals_, nullptr);
}

void Signals::Take(int signal) {
  if (signal == SIGHUP) {
    const std::lock_guard lock(mutex_);
    if (hangup_) return hangup_();
  }
  if (!IsStop(signal)) {
    log_(absl::StrCat(Name(signal), ": nothing to do, the server goes on"));
    return;
  }
  const std::lock_guard lock(mutex_);
  // Not left to the signal itself: the kernel spares the first process of a
  // container from it.
  if (stopped_) _exit(128 + signal);
  stopped_ = true;
  deadline_ = clock_.Now() + patience_.time;
  changed_.notify_all();
}

void Signals::EndIfOverdue() {
  const std::lock_guard lock(mutex_);
  if (clock_.Now() < deadline_) return;
  log_(absl::StrCat("not ended within ", absl::FormatDuration(patience_.time),
                    " of the signal: ends in the middle of its work"));
  _exit(patience_.exit_code);
}

}  // namespace hypergan::server
