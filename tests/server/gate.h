#pragma once

#include <condition_variable>
#include <mutex>

namespace hypergan::server {

// A place where one thread is held until another lets it go, so that tests need
// not guess how long anything takes. Once open it stays open.
class Gate {
 public:
  // Called by the thread that is to be held.
  void Pass() {
    std::unique_lock lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }

  void WaitUntilReached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reached_; });
  }

  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

}  // namespace hypergan::server
