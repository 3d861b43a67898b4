#include "trainer/evaluation/records/result_check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace hypergan::trainer {
namespace {

absl::Status CheckLengths(const std::string& what, size_t one, size_t other) {
  if (one == other) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("result: ", what, ": expected as many of each, got ", one,
                   " and ", other));
}

absl::Status CheckPicture(const std::string& path, const Picture& picture) {
  const auto side = [](int64_t n) { return n >= 1 && n <= kMaxPictureSide; };
  if (!side(picture.height) || !side(picture.width)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "result: ", path, ": expected sides of 1..", kMaxPictureSide, ", got ",
        picture.height, " x ", picture.width));
  }
  if (picture.channels != 1 && picture.channels != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("result: ", path, ".channels: expected 1 or 3, got ",
                     picture.channels));
  }
  const int64_t bytes = picture.height * picture.width * picture.channels;
  if (picture.pixels.size() != static_cast<size_t>(bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("result: ", path, ".pixels: expected ", bytes,
                     " bytes, got ", picture.pixels.size()));
  }
  return absl::OkStatus();
}

absl::Status CheckPictures(const std::string& path,
                           const std::vector<Picture>& pictures) {
  for (size_t i = 0; i < pictures.size(); ++i) {
    HG_RETURN_IF_ERROR(
        CheckPicture(absl::StrCat(path, "[", i, "]"), pictures[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckOutside(const OutsideResult& outside) {
  for (const auto& [name, separation] : outside.scores) {
    HG_RETURN_IF_ERROR(
        CheckLengths(absl::StrCat(name.substr(0, 64), ".roc_fpr and roc_tpr"),
                     separation.roc_fpr.size(), separation.roc_tpr.size()));
  }
  return absl::OkStatus();
}

absl::Status CheckBand(const BandResult& band) {
  for (const auto* values : {&band.truth, &band.mean, &band.deviation}) {
    HG_RETURN_IF_ERROR(CheckLengths("bands' x, truth, mean and deviation",
                                    band.x.size(), values->size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckResult(const ExperimentResult& result) {
  if (result.experiment.empty() || result.method.empty()) {
    return absl::InvalidArgumentError(
        "result: expected names in 'experiment' and 'method', got none");
  }
  HG_RETURN_IF_ERROR(CheckLengths("row_right and row_losses",
                                  result.row_right.size(),
                                  result.row_losses.size()));
  for (const OutsideResult& outside : result.outside) {
    HG_RETURN_IF_ERROR(CheckOutside(outside));
  }
  for (const BandResult& band : result.bands) {
    HG_RETURN_IF_ERROR(CheckBand(band));
  }
  HG_RETURN_IF_ERROR(CheckLengths("observations_x and observations_y",
                                  result.observations_x.size(),
                                  result.observations_y.size()));
  HG_RETURN_IF_ERROR(CheckPictures("most_uncertain", result.most_uncertain));
  HG_RETURN_IF_ERROR(CheckPictures("least_uncertain", result.least_uncertain));
  for (size_t i = 0; i < result.filters.size(); ++i) {
    HG_RETURN_IF_ERROR(
        CheckPictures(absl::StrCat("filters[", i, "]"), result.filters[i]));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
