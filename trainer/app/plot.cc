#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/durable_file.h"
#include "base/status_macros.h"
#include "data/row_keys.h"
#include "data/tables/row_record.h"
#include "trainer/app/flags.h"
#include "trainer/app/loaded_model.h"
#include "trainer/app/verbs.h"
#include "trainer/data/open_dataset.h"
#include "trainer/report/drawing/regression_plot.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kGridPoints = 241;
// How far a curve is drawn, in widths of what the training rows span.
constexpr double kGridReach = 1.25;

absl::StatusOr<data::Dataset> OpenCurve(const std::string& spec,
                                        data::Split split) {
  HG_ASSIGN_OR_RETURN(data::Dataset dataset,
                      OpenDataset(spec, split, {1}, CsvOptionsFromFlags()));
  if (dataset.RowSize() == 1 && dataset.target_size == 1) return dataset;
  return absl::InvalidArgumentError(absl::StrCat(
      spec, ": plot needs rows of one number with one target, got rows of ",
      dataset.RowSize(), " with ", dataset.target_size));
}

std::vector<Point> PointsOf(const data::Dataset& dataset) {
  std::vector<Point> points;
  for (int64_t i = 0; i < dataset.rows; ++i) {
    points.push_back({dataset.values[i], dataset.targets[i]});
  }
  return points;
}

// Without the rows that were set aside, which are no training rows.
absl::StatusOr<data::Dataset> OpenTrainingRows(const LoadedModel& model,
                                               const std::string& spec) {
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset,
                      OpenCurve(spec, data::Split::kTrain));
  HG_ASSIGN_OR_RETURN(
      const std::optional<data::RowRecord> record,
      data::ReadRowRecord(model.ensemble->manifest().provenance));
  if (!record) return dataset;
  const std::vector<uint64_t> keys = data::RowKeys(dataset, record->seed);
  std::vector<int64_t> places;
  for (int64_t i = 0; i < dataset.rows; ++i) {
    if (!record->IsTestKey(keys[i])) places.push_back(i);
  }
  return dataset.Select(places);
}

// Evenly spaced x over what the training rows span, and some way beyond.
data::Dataset Grid(const data::Dataset& training) {
  const auto [least, greatest] =
      std::minmax_element(training.values.begin(), training.values.end());
  const double middle = (*least + *greatest) / 2;
  const double reach = kGridReach * (*greatest - *least) / 2;
  data::Dataset grid;
  grid.row_shape = {1};
  grid.rows = kGridPoints;
  for (int64_t i = 0; i < kGridPoints; ++i) {
    grid.values.push_back(middle + reach * (2.0 * i / (kGridPoints - 1) - 1));
  }
  return grid;
}

absl::StatusOr<std::vector<BandPoint>> Band(const LoadedModel& model,
                                            const data::Dataset& inputs) {
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, InputsOnly(inputs), false,
                                  model.evaluation));
  const std::vector<double> mean = ToVector(outputs.mean);
  const std::vector<double> variance = ToVector(outputs.variance);
  std::vector<BandPoint> band;
  for (size_t i = 0; i < mean.size(); ++i) {
    band.push_back({inputs.values[i], mean[i], std::sqrt(variance[i])});
  }
  return band;
}

}  // namespace

absl::Status RunPlot() {
  const std::string spec = absl::GetFlag(FLAGS_data);
  const std::string output = absl::GetFlag(FLAGS_output);
  if (spec.empty()) return absl::InvalidArgumentError("--data is missing");
  if (output.empty()) return absl::InvalidArgumentError("--output is missing");
  HG_ASSIGN_OR_RETURN(const LoadedModel model, LoadModelFromFlags());
  RegressionPlot plot;
  HG_ASSIGN_OR_RETURN(const data::Dataset training,
                      OpenTrainingRows(model, spec));
  plot.observations = PointsOf(training);
  data::Dataset curve = Grid(training);
  // Only of a generated set is the true curve known.
  if (absl::StartsWith(spec, "generated:")) {
    HG_ASSIGN_OR_RETURN(curve, OpenCurve(spec, data::Split::kTest));
    plot.truth = PointsOf(curve);
  }
  HG_ASSIGN_OR_RETURN(plot.band, Band(model, curve));
  plot.num_networks = model.evaluation.num_networks;
  const std::vector<double>& noise = model.ensemble->manifest().noise_deviation;
  if (!noise.empty()) plot.noise = noise[0];
  HG_RETURN_IF_ERROR(WriteDurably(output, RegressionPlotSvg(plot)));
  std::printf("%swrote %s\n", RegressionPlotText(plot).c_str(), output.c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
