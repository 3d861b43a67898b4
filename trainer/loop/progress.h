#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace hypergan::trainer {

// How far a loop is, its rate and the time it will still take. A terminal shows
// one line, drawn over and wiped at the end; elsewhere it is a plain line every
// ten seconds, and every minute after the first ten minutes.
class Progress {
 public:
  struct Output {
    std::ostream& stream;
    bool is_terminal = false;
    std::function<absl::Time()> now;
  };
  static Output StandardError();

  // `unit` names what Advance counts, as "networks x images".
  Progress(std::string label, int64_t total_steps, std::string unit,
           Output output = StandardError());
  ~Progress() { Clear(); }

  // What the loop is at now.
  void SetLabel(std::string label) { label_ = std::move(label); }
  // One step that dealt with `amount` units is done.
  void Advance(double amount);
  // Wipes the line, for a plain line to be printed.
  void Clear();

  // The text of the line, without the control characters.
  static std::string Line(const std::string& label, double share, double rate,
                          const std::string& unit, absl::Duration remaining);

 private:
  absl::Duration Interval(absl::Time now) const;

  std::string label_;
  const std::string unit_;
  const int64_t total_;
  const Output output_;
  const absl::Time start_;
  absl::Time shown_;
  int64_t done_ = 0;
  double amount_ = 0;
};

}  // namespace hypergan::trainer
