#include "server/serving/models/model_keeper.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/serving/models/model_facts.h"
#include "server/serving/models/model_name.h"

namespace hypergan::server {
namespace {

constexpr size_t kToldReasons = 4;
constexpr size_t kMaxToldBytes = 500;

// Failures of the moment, which the same files may survive later.
bool IsPassing(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
}

// Where the repository lies is no client's business.
std::string ForClients(const ModelFile& file, const absl::Status& status) {
  const std::filesystem::path path(file.path);
  return OneLine(
      absl::StrReplaceAll(status.message(),
                          {{file.path, path.filename().string()},
                           {path.parent_path().string(),
                            path.parent_path().filename().string()}}),
      kMaxToldBytes);
}

std::string Listed(std::vector<std::string> reasons) {
  if (reasons.size() > kToldReasons) {
    const size_t others = reasons.size() - kToldReasons;
    reasons.resize(kToldReasons);
    reasons.push_back(absl::StrCat("and ", others, " more"));
  }
  return absl::StrJoin(reasons, "; ");
}

}  // namespace

ModelKeeper::ModelKeeper(Parts parts, CurrentModels& models, Metrics& metrics,
                         const Log& log)
    : parts_(std::move(parts)), models_(models), metrics_(metrics), log_(log) {}

absl::StatusOr<int64_t> ModelKeeper::Start(bool allow_partial,
                                           const Interrupt& interrupt) {
  HG_ASSIGN_OR_RETURN(const std::vector<ModelFile> files, parts_.find());
  HG_RETURN_IF_ERROR(Update(files, /*again=*/false, interrupt));
  std::vector<std::string> reasons;
  for (const auto& [key, failure] : failures_) {
    reasons.push_back(absl::StrCat(ModelName(key.first, key.second), ": ",
                                   failure.status.message()));
  }
  if (held_.empty()) {
    return absl::FailedPreconditionError(
        reasons.empty()
            ? "the repository has no <model>/<version>/model.pt or "
              "model.safetensors"
            : absl::StrCat("no model could be loaded: ", Listed(reasons)));
  }
  if (!reasons.empty() && !allow_partial) {
    return absl::FailedPreconditionError(
        absl::StrCat("not every model could be loaded; "
                     "--allow_partial_start serves the others: ",
                     Listed(reasons)));
  }
  Serve();
  return static_cast<int64_t>(held_.size());
}

void ModelKeeper::Look(bool again, const Interrupt& interrupt) {
  const auto files = parts_.find();
  absl::Status status = files.status();
  if (status.ok() && files->empty()) {
    status = absl::NotFoundError("the repository has no models any more");
  }
  if (!status.ok()) {
    log_(absl::StrCat("could not look for models, goes on with those it has: ",
                      status.message()));
    return;
  }
  // Interrupted, it is to end.
  Update(*files, again, interrupt).IgnoreError();
  Release();
}

absl::Status ModelKeeper::Update(const std::vector<ModelFile>& files,
                                 bool again, const Interrupt& interrupt) {
  bool is_changed = ForgetFailures(files);
  for (const ModelFile& file : files) {
    HG_RETURN_IF_ERROR(interrupt());
    // Each as soon as it can: the next may take long.
    if (Renew(file, again, interrupt) && table_ != nullptr) Serve();
  }
  HG_RETURN_IF_ERROR(interrupt());
  is_changed = DropUnwanted(files) || is_changed;
  if (is_changed && table_ != nullptr) Serve();
  return absl::OkStatus();
}

bool ModelKeeper::Renew(const ModelFile& file, bool again,
                        const Interrupt& interrupt) {
  const Key key = {file.name, file.version};
  // Before it is read: what changes meanwhile is found at the next look.
  const std::string mark = parts_.mark(file.path);
  const auto held = held_.find(key);
  if (held != held_.end() && file.problem.ok() && held->second.mark == mark) {
    return failures_.erase(key) > 0;
  }
  const auto failure = failures_.find(key);
  if (failure != failures_.end() && failure->second.mark == mark && !again &&
      !IsPassing(failure->second.status) && file.problem.ok()) {
    return false;
  }
  const bool is_served = held != held_.end();
  if (!is_served) {
    metrics_.SetState(file.name, file.version, ModelState::kLoading);
  }
  const absl::Time start = absl::Now();
  const auto model = Open(file, interrupt);
  const absl::Status& status = model.status();
  if (!interrupt().ok()) return false;
  if (!status.ok()) {
    const bool is_new = failure == failures_.end() ||
                        failure->second.mark != mark ||
                        failure->second.status != status;
    if (is_new || again) NoteFailure(file, mark, status);
    return is_new;
  }
  const absl::Duration load_time = absl::Now() - start;
  log_(absl::StrCat("loaded ", ModelName(file.name, file.version), " in ",
                    absl::FormatDuration(load_time)));
  failures_.erase(key);
  if (is_served) Retire(key);
  held_[key] = {model->engine, mark,
                FactsOf(*model->engine, model->digest, load_time)};
  return true;
}

absl::StatusOr<LoadedModel> ModelKeeper::Open(
    const ModelFile& file, const Interrupt& interrupt) const {
  HG_RETURN_IF_ERROR(file.problem);
  HG_ASSIGN_OR_RETURN(LoadedModel model, parts_.load(file, interrupt));
  const absl::Status status = parts_.warm_up(model.engine, interrupt);
  if (status.ok()) return model;
  parts_.forget(model.engine);
  return status;
}

void ModelKeeper::NoteFailure(const ModelFile& file, const std::string& mark,
                              const absl::Status& status) {
  metrics_.CountLoadFailure();
  if (!held_.contains({file.name, file.version})) {
    metrics_.SetState(file.name, file.version, ModelState::kFailed);
  }
  log_(absl::StrCat("could not load ", ModelName(file.name, file.version), ": ",
                    status.message()));
  failures_[{file.name, file.version}] = {mark, status,
                                          ForClients(file, status)};
}

bool ModelKeeper::ForgetFailures(const std::vector<ModelFile>& files) {
  std::set<Key> found;
  for (const ModelFile& file : files) found.insert({file.name, file.version});
  return std::erase_if(failures_, [&](const auto& failure) {
           const Key& key = failure.first;
           if (found.contains(key)) return false;
           if (!IsKnown(key)) metrics_.RemoveModel(key.first, key.second);
           return true;
         }) > 0;
}

bool ModelKeeper::DropUnwanted(const std::vector<ModelFile>& files) {
  std::set<Key> wanted;
  for (const ModelFile& file : files) wanted.insert({file.name, file.version});
  std::set<std::string> failing;  // these keep what they have
  for (const auto& [key, failure] : failures_) failing.insert(key.first);
  bool is_changed = false;
  for (auto held = held_.begin(); held != held_.end();) {
    const Key key = held->first;
    if (wanted.contains(key) || failing.contains(key.first)) {
      ++held;
      continue;
    }
    Retire(key);
    held = held_.erase(held);
    is_changed = true;
  }
  return is_changed;
}

void ModelKeeper::Retire(const Key& key) {
  const std::shared_ptr<const Engine>& engine = held_.at(key).engine;
  retired_.push_back({key, engine, former_tables_});
  retired_.back().tables.push_back(table_);
}

void ModelKeeper::Serve() {
  auto table = std::make_shared<ModelTable>();
  for (const auto& [key, held] : held_) {
    const auto& [name, version] = key;
    table->Add({name, version, held.engine,
                &metrics_.AddModel(name, version, held.facts),
                held.facts.digest});
    metrics_.SetState(name, version, ModelState::kServing);
  }
  for (const auto& [key, failure] : failures_) {
    table->AddFailure({key.first, key.second, failure.reason});
  }
  if (table_ != nullptr) former_tables_.push_back(table_);
  table_ = table;
  models_.Serve(std::move(table));
  // Who asks from here on gets the new ones.
  for (const Retired& retired : retired_) {
    if (const auto engine = retired.engine.lock()) parts_.forget(engine);
  }
}

bool ModelKeeper::IsKnown(const Key& key) const {
  return held_.contains(key) || std::any_of(retired_.begin(), retired_.end(),
                                            [&key](const Retired& retired) {
                                              return retired.key == key;
                                            });
}

bool ModelKeeper::Release() {
  const auto is_gone = [](const auto& pointer) { return pointer.expired(); };
  std::erase_if(former_tables_, is_gone);
  std::vector<Key> released;
  std::erase_if(retired_, [&](Retired& retired) {
    std::erase_if(retired.tables, is_gone);
    const bool is_used = !retired.tables.empty() || !retired.engine.expired();
    if (!is_used) released.push_back(retired.key);
    return !is_used;
  });
  for (const Key& key : released) {
    const bool is_served = held_.contains(key);
    log_(absl::StrCat("released ", ModelName(key.first, key.second),
                      is_served ? ", its former content" : ""));
    // Its metrics are those of its later content, too.
    if (!IsKnown(key)) metrics_.RemoveModel(key.first, key.second);
  }
  if (!released.empty()) parts_.released();
  return !retired_.empty();
}

}  // namespace hypergan::server
