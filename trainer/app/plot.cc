#include <cmath>
#include <cstdio>

#include "absl/flags/flag.h"
#include "hypergan/durable_file.h"
#include "hypergan/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/loaded_model.h"
#include "trainer/app/verbs.h"
#include "trainer/open_dataset.h"
#include "trainer/regression_plot.h"

namespace hypergan::trainer {
namespace {

// Rows [1] with one target as points.
absl::StatusOr<std::vector<Point>> Points(const std::string& spec,
                                          data::Split split) {
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset,
                      OpenDataset(spec, split, {1}));
  if (dataset.RowSize() != 1 || dataset.target_size != 1) {
    return absl::InvalidArgumentError(
        "plot needs rows of one number with one target");
  }
  std::vector<Point> points;
  for (int64_t i = 0; i < dataset.rows; ++i) {
    points.push_back({dataset.values[i], dataset.targets[i]});
  }
  return points;
}

absl::StatusOr<std::vector<BandPoint>> Band(const LoadedModel& model,
                                            const std::string& spec) {
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset,
                      OpenDataset(spec, data::Split::kTest, {1}));
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, InputsOnly(dataset), false,
                                  model.evaluation));
  const std::vector<double> mean = ToVector(outputs.mean);
  const std::vector<double> variance = ToVector(outputs.variance);
  std::vector<BandPoint> band;
  for (size_t i = 0; i < mean.size(); ++i) {
    band.push_back({dataset.values[i], mean[i], std::sqrt(variance[i])});
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
  HG_ASSIGN_OR_RETURN(plot.observations, Points(spec, data::Split::kTrain));
  HG_ASSIGN_OR_RETURN(plot.truth, Points(spec, data::Split::kTest));
  HG_ASSIGN_OR_RETURN(plot.band, Band(model, spec));
  plot.num_networks = model.evaluation.num_networks;
  HG_RETURN_IF_ERROR(WriteDurably(output, RegressionPlotSvg(plot)));
  std::printf("wrote %s\n", output.c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
