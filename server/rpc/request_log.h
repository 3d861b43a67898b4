#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/serving/clock.h"
#include "server/serving/event.h"
#include "server/serving/repeat_limit.h"

namespace hypergan::server {

// One line for each call. Calls that fail alike, by method and code, are
// limited (RepeatLimit): the next line that passes has "left_out", the number
// of those before it that did not. Thread-safe.
class RequestLog {
 public:
  // Borrows the clock. Without `all` it has the lines of INTERNAL alone.
  RequestLog(EventLog write, const Clock& clock, bool all)
      : write_(std::move(write)), clock_(clock), all_(all) {}

  // Does it want the line of a call that ended with `code`? What the client of
  // an INTERNAL is not told must be found there.
  bool Wants(absl::StatusCode code) const {
    return all_ || code == absl::StatusCode::kInternal;
  }

  // `method` is the call's path; `fields` are what follows it and the code.
  void Add(std::string_view method, absl::StatusCode code,
           absl::Span<const Field> fields) const;

 private:
  const EventLog write_;
  const Clock& clock_;
  const bool all_;
  mutable RepeatLimit repeats_;
};

}  // namespace hypergan::server
