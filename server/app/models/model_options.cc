#include "server/app/models/model_options.h"

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "base/status_macros.h"

ABSL_FLAG(std::string, model_control, "none",
          "none: versions are found at the start and at SIGHUP; poll: also "
          "every --poll_interval");
ABSL_FLAG(absl::Duration, poll_interval, absl::Seconds(5),
          "With --model_control=poll, the time between two looks");
ABSL_FLAG(std::string, model_versions, "all",
          "Which versions of a model are served: all, greatest, last:K, or "
          "versions such as 1,3");
ABSL_FLAG(bool, allow_torchscript, true,
          "Serve TorchScript archives, which are programs; without it "
          "model.safetensors alone");
ABSL_FLAG(bool, allow_partial_start, false,
          "Start with the models that can be loaded when others cannot");
ABSL_FLAG(bool, check_in_child, true,
          "Open each checkpoint in a child process first, with limits on time "
          "and memory, so that a damaged one cannot end the server");
ABSL_FLAG(absl::Duration, max_check_time, absl::Seconds(60),
          "How long that child may take");
ABSL_FLAG(int64_t, max_check_bytes, 0,
          "Most memory of that child beyond the program's own; 0: 1 GiB and 4 "
          "times the checkpoint's size");

namespace hypergan::server {
namespace {

absl::Status BadModelFlag(const char* flag, const std::string& expected,
                          const std::string& got) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": expected ", expected, ", got ", got));
}

absl::StatusOr<absl::Duration> DurationOf(const char* flag,
                                          absl::Duration value,
                                          absl::Duration least) {
  if (least <= value && value <= absl::Hours(24)) return value;
  return BadModelFlag(flag,
                      absl::StrCat(absl::FormatDuration(least), " to 24h"),
                      absl::FormatDuration(value));
}

}  // namespace

absl::StatusOr<ModelOptions> ModelOptionsFromFlags() {
  constexpr int64_t kMostBytes = int64_t{1} << 40;
  ModelOptions options;
  const std::string control = absl::GetFlag(FLAGS_model_control);
  if (control != "none" && control != "poll") {
    return BadModelFlag("model_control", "none or poll", Quoted(control));
  }
  options.poll = control == "poll";
  HG_ASSIGN_OR_RETURN(
      options.poll_interval,
      DurationOf("poll_interval", absl::GetFlag(FLAGS_poll_interval),
                 absl::Milliseconds(100)));
  const auto versions = ParseVersionPolicy(absl::GetFlag(FLAGS_model_versions));
  if (!versions.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--model_versions: ", versions.status().message()));
  }
  options.rules.versions = *versions;
  options.rules.allow_torchscript = absl::GetFlag(FLAGS_allow_torchscript);
  options.allow_partial_start = absl::GetFlag(FLAGS_allow_partial_start);
  options.check_in_child = absl::GetFlag(FLAGS_check_in_child);
  HG_ASSIGN_OR_RETURN(
      options.max_check_time,
      DurationOf("max_check_time", absl::GetFlag(FLAGS_max_check_time),
                 absl::Seconds(1)));
  options.max_check_bytes = absl::GetFlag(FLAGS_max_check_bytes);
  if (options.max_check_bytes < 0 || options.max_check_bytes > kMostBytes) {
    return BadModelFlag("max_check_bytes", absl::StrCat("0..", kMostBytes),
                        absl::StrCat(options.max_check_bytes));
  }
  return options;
}

}  // namespace hypergan::server
