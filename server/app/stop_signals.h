#pragma once

#include <csignal>

namespace hypergan::server {

// SIGTERM and SIGINT as a request to stop, taken by the thread that asks for
// it and not by a handler. Make it before any other thread: the signals are
// blocked in this one and in those started from now on.
class StopSignals {
 public:
  StopSignals();

  // Has one arrived? Stays true from then on.
  bool Arrived();
  // Returns when one has arrived.
  void Wait();
  // As if one had arrived from outside. From any thread.
  static void Raise();
  // From now on a signal ends the program at once, with 128 and its number.
  void Release();

 private:
  sigset_t signals_;
  bool arrived_ = false;
};

}  // namespace hypergan::server
