#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/serving/log.h"

namespace hypergan::server {

// Logs the first few of lines that could be thousands, and at its end how many
// more there were.
class FirstLines {
 public:
  // `where` begins the last line: "model m: ".
  FirstLines(const Log& log, std::string where)
      : log_(log), where_(std::move(where)) {}
  ~FirstLines() {
    if (count_ <= kShown) return;
    log_(absl::StrCat(where_, "skipped ", count_ - kShown, " more"));
  }
  FirstLines(const FirstLines&) = delete;
  FirstLines& operator=(const FirstLines&) = delete;

  void Add(std::string_view line) {
    if (++count_ <= kShown) log_(absl::StrCat(where_, std::string(line)));
  }

 private:
  static constexpr int64_t kShown = 8;

  const Log& log_;
  const std::string where_;
  int64_t count_ = 0;
};

}  // namespace hypergan::server
