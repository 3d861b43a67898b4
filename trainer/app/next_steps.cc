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

// Of a table, the client does not take columns for the truth unless it is told.
std::string ClientTargets(const TrainingOptions& o) {
  const std::string path = o.data.substr(0, o.data.find('#'));
  const data::CsvOptions& csv = o.csv;
  const bool is_default =
      csv.target_columns == data::CsvOptions().target_columns;
  if (data::CsvEnding(path).empty() || csv.labels ||
      !csv.target_names.empty() || !is_default) {
    return "";
  }
  return Flag("target_columns", absl::StrCat(csv.target_columns));
}

std::string TableFlags(const data::CsvOptions& csv) {
  std::string flags = csv.labels ? " --csv_labels" : "";
  if (!csv.target_names.empty()) {
    flags += Flag("target_column", absl::StrJoin(csv.target_names, ","));
  } else if (!csv.labels &&
             csv.target_columns != data::CsvOptions().target_columns) {
    flags += Flag("target_columns", absl::StrCat(csv.target_columns));
  }
  if (!csv.drop_columns.empty()) {
    flags += Flag("drop_columns", absl::StrJoin(csv.drop_columns, ","));
  }
  return flags;
}

}  // namespace

std::string NextSteps(const TrainingOptions& o, const std::string& checkpoint) {
  const std::string table = TableFlags(o.csv);
  const data::ImageOptions& images = o.images;
  // The client asks the server which size.
  const std::string resize =
      images.resizes()
          ? Flag("resize", absl::StrCat(images.height, "x", images.width))
          : "";
  return absl::StrCat("serve it:    hypergan-server",
                      Flag("model_repository", o.model_repository),
                      "\nask it:      hypergan-client predict",
                      Flag("model", o.model), Flag("inputs", o.data), table,
                      ClientTargets(o), images.resizes() ? " --resize" : "",
                      "\nevaluate it: hypergan-trainer evaluate",
                      Flag("checkpoint", checkpoint), Flag("data", o.data),
                      table, resize, "\n");
}

}  // namespace hypergan::trainer
