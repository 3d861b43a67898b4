#include "server/app/config_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "server/app/access/access_files.h"
#include "server/app/models/model_files.h"
#include "server/app/models/open_model.h"
#include "server/serving/flagged/flagged_capture.h"
#include "server/serving/models/model_loading.h"
#include "server/serving/models/model_name.h"

namespace hypergan::server {
namespace {

using StatusList = std::vector<absl::Status>;

void Note(const absl::Status& status, StatusList& problems) {
  if (!status.ok()) problems.push_back(status);
}

void CheckModels(const std::vector<ModelFile>& files, const Options& options,
                 const EngineLoader& loader, StatusList& problems) {
  if (files.empty()) {
    problems.push_back(absl::FailedPreconditionError(absl::StrCat(
        "--model_repository: ", options.model_repository,
        " has no <model>/<version>/model.pt or model.safetensors")));
  }
  const auto go_on = [] { return absl::OkStatus(); };
  for (const ModelFile& file : files) {
    const auto model = OpenModel(file, loader, options.models, go_on);
    absl::Status status = model.status();
    if (status.ok()) status = WarmUp(*model->engine, options.limits, go_on);
    if (!status.ok()) {
      problems.emplace_back(
          status.code(), absl::StrCat(ModelName(file.name, file.version), ": ",
                                      status.message()));
    }
  }
}

// A token for a model that is not there is no problem: it may come.
void NoteUnknownModels(const AccessFiles& access,
                       const std::vector<ModelFile>& files, const Log& log) {
  if (access.tokens() == nullptr) return;
  ModelNames missing = access.tokens()->Get()->NamedModels();
  for (const ModelFile& file : files) missing.erase(file.name);
  for (const std::string& name : missing) {
    log(absl::StrCat("--token_file: no model ", Quoted(name), " is there"));
  }
}

}  // namespace

std::vector<absl::Status> CheckConfig(const Options& options,
                                      const OpenDevice& open_device,
                                      const Log& log) {
  StatusList problems;
  const auto access = AccessFiles::Read(options.access);
  Note(access.status(), problems);
  const auto files = FindModelFiles(options, log);
  Note(files.status(), problems);
  const auto loader = open_device(options);
  Note(loader.status(), problems);
  if (!options.capture.folder.empty()) {
    Note(CheckCaptureFolder(options.capture.folder), problems);
  }
  if (!files.ok()) return problems;
  if (access.ok()) NoteUnknownModels(*access, *files, log);
  if (loader.ok()) CheckModels(*files, options, *loader, problems);
  return problems;
}

}  // namespace hypergan::server
