#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "data/open.h"
#include "hypergan/auroc.h"
#include "hypergan/status_macros.h"
#include "nlohmann/json.hpp"
#include "trainer/app/flags.h"
#include "trainer/app/loaded_model.h"
#include "trainer/app/verbs.h"

namespace hypergan::trainer {
namespace {

// The test split of `spec`, at most --rows of it.
absl::StatusOr<data::Dataset> OpenTest(const std::string& spec) {
  return data::Open(spec, data::Split::kTest);
}

Rows Limit(Rows rows) {
  const int64_t limit = absl::GetFlag(FLAGS_rows);
  if (limit <= 0 || limit >= rows.size()) return rows;
  rows.inputs = rows.inputs.narrow(0, 0, limit);
  if (rows.targets.defined()) rows.targets = rows.targets.narrow(0, 0, limit);
  return rows;
}

// A score by its name, higher meaning further out.
struct NamedScore {
  const char* name;
  at::Tensor values;
};

std::vector<NamedScore> OutsideScores(const Scores& scores) {
  std::vector<NamedScore> named;
  if (scores.predictive_entropy.defined()) {
    named = {{"predictive_entropy", scores.predictive_entropy},
             {"expected_entropy", scores.expected_entropy},
             {"mutual_information", scores.mutual_information},
             {"max_probability", -scores.max_probability}};
  }
  named.push_back({"total_variance", scores.total_variance});
  return named;
}

Figures Aurocs(const Scores& inside, const Scores& outside) {
  const std::vector<NamedScore> in = OutsideScores(inside);
  const std::vector<NamedScore> out = OutsideScores(outside);
  Figures aurocs;
  for (size_t i = 0; i < in.size(); ++i) {
    aurocs[in[i].name] = Auroc(ToVector(in[i].values), ToVector(out[i].values));
  }
  return aurocs;
}

void Print(const char* title, const Figures& figures) {
  if (figures.empty()) return;
  std::printf("%s\n", title);
  for (const auto& [name, value] : figures) {
    std::printf("  %-22s %.4f\n", name.c_str(), value);
  }
}

// The AUROC of each score between `inside` and the rows of `spec`.
absl::StatusOr<Figures> Separate(const LoadedModel& model, const Scores& inside,
                                 const std::string& spec) {
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset, OpenTest(spec));
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, Limit(InputsOnly(dataset)),
                                  /*network_outputs=*/false, model.evaluation));
  return Aurocs(inside, outputs.scores);
}

}  // namespace

absl::Status RunEvaluate() {
  HG_ASSIGN_OR_RETURN(const LoadedModel model, LoadModelFromFlags());
  const std::string spec = absl::GetFlag(FLAGS_data);
  if (spec.empty()) return absl::InvalidArgumentError("--data is missing");
  HG_ASSIGN_OR_RETURN(const data::Dataset dataset, OpenTest(spec));
  HG_ASSIGN_OR_RETURN(const Rows all,
                      ToRows(dataset, model.ensemble->manifest().task));
  const Rows rows = Limit(all);
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, rows,
                                  /*network_outputs=*/true, model.evaluation));
  HG_ASSIGN_OR_RETURN(
      const Figures figures,
      FiguresOf(model.ensemble->manifest().task, outputs, rows.targets));
  Figures aurocs;
  const std::string outside = absl::GetFlag(FLAGS_ood_data);
  if (!outside.empty()) {
    HG_ASSIGN_OR_RETURN(aurocs, Separate(model, outputs.scores, outside));
  }
  if (absl::GetFlag(FLAGS_json)) {
    const nlohmann::ordered_json json = {
        {"networks", model.evaluation.num_networks},
        {"rows", rows.size()},
        {"figures", figures},
        {"auroc", aurocs}};
    std::printf("%s\n", json.dump(2).c_str());
    return absl::OkStatus();
  }
  std::printf("%lld networks, %lld rows of %s\n",
              static_cast<long long>(model.evaluation.num_networks),
              static_cast<long long>(rows.size()), spec.c_str());
  Print("figures", figures);
  Print("AUROC, outside rows positive", aurocs);
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
