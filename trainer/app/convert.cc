#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "trainer/app/flags.h"
#include "trainer/app/verbs.h"

namespace hypergan::trainer {
namespace {

absl::Status CheckNames(const std::string& from, const std::string& to) {
  if (from.empty()) {
    return absl::InvalidArgumentError("--checkpoint is missing");
  }
  if (to.empty()) return absl::InvalidArgumentError("--output is missing");
  const std::string end = std::filesystem::path(to).extension().string();
  if ((end != ".pt" && end != ".safetensors") ||
      FormatOfName(from) == FormatOfName(to)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--output: expected a file of the other format, .pt for a .safetensors "
        "and .safetensors for a .pt, got ",
        to, " for ", from));
  }
  std::error_code error;
  if (std::filesystem::exists(to, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(to,
                     " is there already; remove it, or give another "
                     "--output"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunConvert() {
  const std::string from = absl::GetFlag(FLAGS_checkpoint);
  const std::string to = absl::GetFlag(FLAGS_output);
  HG_RETURN_IF_ERROR(CheckNames(from, to));
  HG_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                      LoadCheckpoint(from, c10::Device(c10::kCPU)));
  HG_RETURN_IF_ERROR(
      Named(from, SaveCheckpoint(checkpoint.module, checkpoint.manifest, to)));
  std::printf("wrote %s\n", to.c_str());
  return FlushOutput();
}

}  // namespace hypergan::trainer
