#include "client/cli/terminal/progress.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/cli/terminal/text.h"

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

bool Progress::Patient() const {
  return !is_terminal_ || clock_.Now() - start_ < kPatience;
}

void Progress::Update(int64_t done) {
  if (total_ <= 0) return;
  const double seconds = absl::ToDoubleSeconds(clock_.Now() - start_);
  const auto rows = static_cast<double>(done);
  Show(rows / static_cast<double>(total_),
       absl::StrFormat("%d/%d rows, %.0f a second", done, total_,
                       rows / seconds));
}

void Progress::Show(double share, absl::string_view text) {
  if (Patient()) return;
  shown_ = true;
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kWidth);
  out_ << absl::StrFormat("\r[%s%s] %s ", Repeat("#", filled),
                          Repeat(" ", kWidth - filled), text)
       << std::flush;
}

}  // namespace hypergan::client
