#include "client/cli/progress.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/cli/text.h"

namespace hypergan::client {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr int kWidth = 30;

}  // namespace

Progress::Progress(int64_t total, std::ostream& out, bool is_terminal,
                   Clock& clock)
    : total_(total),
      out_(out),
      is_terminal_(is_terminal),
      clock_(clock),
      start_(clock.Now()) {}

Progress::~Progress() {
  if (shown_) out_ << "\r" << std::string(kScreenColumns - 1, ' ') << "\r";
}

void Progress::Update(int64_t done) {
  const absl::Duration elapsed = clock_.Now() - start_;
  if (!is_terminal_ || total_ <= 0 || elapsed < kPatience) return;
  shown_ = true;
  const double share = std::min(1.0, static_cast<double>(done) / total_);
  const double rate =
      static_cast<double>(done) / absl::ToDoubleSeconds(elapsed);
  const int filled = static_cast<int>(share * kWidth);
  out_ << absl::StrFormat("\r[%s%s] %d/%d rows, %.0f a second ",
                          Repeat("#", filled), Repeat(" ", kWidth - filled),
                          done, total_, rate)
       << std::flush;
}

}  // namespace hypergan::client
