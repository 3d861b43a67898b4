#include "trainer/app/next_steps.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/quoted.h"
#include "data/tables/csv.h"

namespace hypergan::trainer {
namespace {

std::string Flag(const char* name, const std::string& value) {
  return absl::StrCat(" ", ShellWord(absl::StrCat("--", name, "=", value)));
}

bool IsTable(const std::string& spec) {
  return !data::CsvEnding(spec.substr(0, spec.find('#'))).empty();
}

// How a table is read. `says_default`: also where that is the trainer's
// default.
std::string TableFlags(const data::CsvOptions& csv, bool says_default) {
  std::string flags = csv.labels ? " --csv_labels" : "";
  const bool is_default =
      csv.target_columns == data::CsvOptions().target_columns;
  if (!csv.target_names.empty()) {
    flags += Flag("target_column", absl::StrJoin(csv.target_names, ","));
  } else if (!csv.labels && (says_default || !is_default)) {
    flags += Flag("target_columns", absl::StrCat(csv.target_columns));
  }
  if (!csv.drop_columns.empty()) {
    flags += Flag("drop_columns", absl::StrJoin(csv.drop_columns, ","));
  }
  return flags;
}

}  // namespace

std::string NextSteps(const TrainingOptions& o, const std::string& checkpoint) {
  const data::ImageOptions& images = o.images;
  // The client takes no columns for the truth unless it is told, and asks the
  // server for the size of images.
  const std::string resize =
      images.resizes()
          ? Flag("resize", absl::StrCat(images.height, "x", images.width))
          : "";
  return absl::StrCat("serve it:    hypergan-server",
                      Flag("model_repository", o.model_repository),
                      "\nask it:      hypergan-client predict",
                      Flag("model", o.model), Flag("inputs", o.data),
                      TableFlags(o.csv, IsTable(o.data)),
                      images.resizes() ? " --resize" : "",
                      "\nevaluate it: hypergan-trainer evaluate",
                      Flag("checkpoint", checkpoint), Flag("data", o.data),
                      TableFlags(o.csv, false), resize, "\n");
}

}  // namespace hypergan::trainer
