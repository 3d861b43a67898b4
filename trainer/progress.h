#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace hypergan::trainer {

// One line on stderr that shows how far a loop is, its rate and the time it
// will still take; drawn over on a terminal, silent elsewhere (the caller's
// plain lines tell the story there).
class Progress {
 public:
  // `unit` names what Advance counts, as "networks x images".
  Progress(std::string label, int64_t total_steps, std::string unit);
  ~Progress() { Clear(); }

  // One step that dealt with `amount` units is done.
  void Advance(double amount);
  // Wipes the line, for a plain line to be printed.
  void Clear();

  // Units a second since the start.
  double Rate() const;

  // The text of the line, without the control characters.
  static std::string Line(const std::string& label, double share, double rate,
                          const std::string& unit, absl::Duration remaining);

 private:
  const std::string label_;
  const std::string unit_;
  const int64_t total_;
  const bool is_terminal_;
  const absl::Time start_;
  absl::Time drawn_;
  int64_t done_ = 0;
  double amount_ = 0;
};

}  // namespace hypergan::trainer
