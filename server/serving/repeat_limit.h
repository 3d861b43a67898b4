#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace hypergan::server {

// Lets the first few of events that are alike pass in each second, so that
// nobody can fill a log with them. Thread-safe.
class RepeatLimit {
 public:
  static constexpr int64_t kMost = 10;  // of one kind in a period
  static constexpr absl::Duration kPeriod = absl::Seconds(1);
  // Kinds that are told apart; what comes beyond counts as one.
  static constexpr size_t kMaxKinds = 1000;

  // How many of its kind were left out since the last one that passed; nothing
  // if this one is to be left out too.
  std::optional<int64_t> Pass(std::string_view kind, absl::Time now);

 private:
  struct Kind {
    absl::Time since = absl::InfinitePast();
    int64_t passed = 0;
    int64_t left_out = 0;
  };

  std::mutex mutex_;  // guards what follows
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace hypergan::server
