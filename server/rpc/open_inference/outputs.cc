#include "server/rpc/open_inference/outputs.h"

#include <algorithm>
#include <array>

#include "absl/types/span.h"
#include "hypergan/checkpoint/calibration.h"
#include "server/rpc/little_endian.h"

namespace hypergan::server::open_inference {
namespace {

using Contents = std::optional<std::string>;

bool Always(const Manifest&) { return true; }

bool IsClassifier(const Manifest& manifest) {
  return manifest.task == Task::kClassification;
}

bool HasNames(const Manifest& manifest) {
  return IsClassifier(manifest) && !manifest.class_names.empty();
}

bool IsCalibrated(const Manifest& manifest) {
  return manifest.calibration.has_value();
}

// Could any row reach the threshold?
bool HasThreshold(const Manifest& manifest) {
  if (!manifest.calibration) return false;
  const auto least = LeastRows(manifest.calibration->threshold);
  return least && manifest.calibration->rows >= *least;
}

Contents Mean(const Manifest&, const EnsemblePrediction& prediction) {
  return BytesOf<float>(prediction.mean);
}

Contents Variance(const Manifest&, const EnsemblePrediction& prediction) {
  return BytesOf<float>(prediction.variance);
}

template <double RowScores::*score>
Contents Score(const Manifest&, const EnsemblePrediction& prediction) {
  std::vector<double> values;
  values.reserve(prediction.scores.size());
  for (const RowScores& row : prediction.scores) values.push_back(row.*score);
  return BytesOf<double>(values);
}

Contents IsOod(const Manifest&, const EnsemblePrediction& prediction) {
  std::string bytes;
  for (const RowScores& row : prediction.scores) {
    if (!row.is_ood) return std::nullopt;
    bytes.push_back(*row.is_ood ? 1 : 0);
  }
  return bytes;
}

std::vector<int32_t> Classes(const Manifest& manifest,
                             const EnsemblePrediction& prediction) {
  const auto outputs = static_cast<size_t>(manifest.num_outputs);
  absl::Span<const float> left = prediction.mean;
  std::vector<int32_t> classes;
  for (; !left.empty(); left.remove_prefix(outputs)) {
    const auto row = left.subspan(0, outputs);
    classes.push_back(static_cast<int32_t>(
        std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return classes;
}

Contents Class(const Manifest& manifest, const EnsemblePrediction& prediction) {
  return BytesOf<int32_t>(Classes(manifest, prediction));
}

// Each after its length.
Contents ClassName(const Manifest& manifest,
                   const EnsemblePrediction& prediction) {
  std::string bytes;
  for (const int32_t index : Classes(manifest, prediction)) {
    const std::string& name = manifest.class_names[index];
    const uint32_t length = static_cast<uint32_t>(name.size());
    bytes += BytesOf<uint32_t>({&length, 1});
    bytes += name;
  }
  return bytes;
}

constexpr std::array kOutputs = {
    Output{"mean", Datatype::kFp32, true, Always, Mean},
    Output{"variance", Datatype::kFp32, true, Always, Variance},
    Output{"predictive_entropy", Datatype::kFp64, false, IsClassifier,
           Score<&RowScores::predictive_entropy>},
    Output{"expected_entropy", Datatype::kFp64, false, IsClassifier,
           Score<&RowScores::expected_entropy>},
    Output{"mutual_information", Datatype::kFp64, false, IsClassifier,
           Score<&RowScores::mutual_information>},
    Output{"total_variance", Datatype::kFp64, false, Always,
           Score<&RowScores::total_variance>},
    Output{"max_probability", Datatype::kFp64, false, IsClassifier,
           Score<&RowScores::max_probability>},
    Output{"ood_score", Datatype::kFp64, false, IsCalibrated,
           Score<&RowScores::ood_score>},
    Output{"is_ood", Datatype::kBool, false, HasThreshold, IsOod},
    Output{"class", Datatype::kInt32, false, IsClassifier, Class},
    Output{"class_name", Datatype::kBytes, false, HasNames, ClassName},
};

}  // namespace

const char* DatatypeName(Datatype datatype) {
  switch (datatype) {
    case Datatype::kFp32:
      return "FP32";
    case Datatype::kFp64:
      return "FP64";
    case Datatype::kBool:
      return "BOOL";
    case Datatype::kInt32:
      return "INT32";
    case Datatype::kBytes:
      return "BYTES";
  }
  return "";
}

std::vector<const Output*> OutputsOf(const Manifest& manifest) {
  std::vector<const Output*> outputs;
  for (const Output& output : kOutputs) {
    if (output.has_meaning(manifest)) outputs.push_back(&output);
  }
  return outputs;
}

std::vector<int64_t> RowShape(const Output& output, const Manifest& manifest) {
  if (output.per_output) return {manifest.num_outputs};
  return {};
}

}  // namespace hypergan::server::open_inference
