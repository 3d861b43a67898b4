#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "client/clock.h"

namespace hypergan::client {

// A bar on a terminal for what takes more than a few seconds; silent before
// that, and everywhere else. Erases itself at its end.
class Progress {
 public:
  // Both borrowed. `is_terminal` is false where the bar would only be noise.
  Progress(int64_t total, std::ostream& out, bool is_terminal, Clock& clock);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Update(int64_t done);

  // The bar at a share in [0, 1] with other words behind it.
  void Show(double share, absl::string_view text);

 private:
  bool Patient() const;

  const int64_t total_;
  std::ostream& out_;
  const bool is_terminal_;
  Clock& clock_;
  const absl::Time start_;
  bool shown_ = false;
};

}  // namespace hypergan::client
