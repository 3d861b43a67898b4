#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/stop_signals.h"
#include "trainer/app/verbs.h"
#include "trainer/data/open_dataset.h"
#include "trainer/data/trained_data.h"
#include "trainer/loop/post_hoc.h"

ABSL_FLAG(
    double, prior_precision, 0,
    "laplace: of the last layer's weights; 0: the best power of ten on the "
    "validation rows");

namespace hypergan::trainer {
namespace {

absl::Status CheckLaplaceNames(const std::string& from, const std::string& to) {
  if (from.empty()) {
    return absl::InvalidArgumentError("--checkpoint is missing");
  }
  if (std::filesystem::path(to).extension() != ".pt") {
    return absl::InvalidArgumentError(absl::StrCat(
        "--output: expected a file whose name ends with .pt, got '", to, "'"));
  }
  std::error_code error;
  if (!std::filesystem::exists(to, error)) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      to, " is there already; remove it, or give another --output"));
}

}  // namespace

absl::Status RunLaplace(const std::set<std::string>& given) {
  const std::string from = absl::GetFlag(FLAGS_checkpoint);
  const std::string to = absl::GetFlag(FLAGS_output);
  HG_RETURN_IF_ERROR(CheckLaplaceNames(from, to));
  HG_ASSIGN_OR_RETURN(const TrainingOptions options,
                      TrainingOptionsFromFlags());
  StopOnSignals();
  HG_ASSIGN_OR_RETURN(Checkpoint base,
                      LoadCheckpoint(from, c10::Device(c10::kCPU)));
  HG_ASSIGN_OR_RETURN(const TrainingData data,
                      OpenTrainedData(options, given, base.manifest));
  PrintNotes(data.notes);
  std::printf("%s\n", CountsOf(data).c_str());
  LaplaceOptions laplace;
  laplace.networks = options.networks;
  laplace.seed = options.seed;
  laplace.prior_precision = absl::GetFlag(FLAGS_prior_precision);
  Workers workers(options.threads);
  HG_ASSIGN_OR_RETURN(
      const Checkpoint made,
      MakeLaplace(base, options, data, laplace, StopRequested(), workers));
  std::printf("prior precision %s\n",
              made.manifest.provenance.at("prior_precision").c_str());
  PrintFigures(made.manifest.validation);
  HG_RETURN_IF_ERROR(SaveCheckpoint(made.module, made.manifest, to));
  std::printf("wrote %s\n", to.c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
