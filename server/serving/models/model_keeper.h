#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine.h"
#include "server/serving/log.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/current_models.h"
#include "server/serving/models/model_loading.h"
#include "server/serving/models/model_repository.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// The life of the models: what is found is loaded, warmed up and served, and
// what is no longer wanted is let go.
//
// A version whose files change is loaded anew; the former content answers until
// the new one can. While a version of a model fails, all that the model has is
// served on. A version that failed is not tried again before its files change,
// or somebody asks for it. What a version leaves (networks that were kept, its
// metrics, its memory) goes when the last request to it has ended.
//
// For one thread.
class ModelKeeper {
 public:
  // What it works with; the tests have their own.
  struct Parts {
    // The versions that should be served, by name, then by version.
    std::function<absl::StatusOr<std::vector<ModelFile>>()> find;
    // What tells a file's content from a later one's (FileMark).
    std::function<std::string(const std::string& path)> mark;
    std::function<absl::StatusOr<LoadedModel>(const ModelFile&,
                                              const Interrupt&)>
        load;
    std::function<absl::Status(const std::shared_ptr<const Engine>&,
                               const Interrupt&)>
        warm_up;
    // No request will come for it any more.
    std::function<void(const std::shared_ptr<const Engine>&)> forget;
    // Memory has become free.
    std::function<void()> released;
  };

  // Borrows all but the parts.
  ModelKeeper(Parts parts, CurrentModels& models, Metrics& metrics,
              const Log& log);

  // Loads what there is and serves it; the number of versions.
  //   FAILED_PRECONDITION  one that fails, unless `allow_partial`, or nothing
  //                        to serve; the message has the reasons
  //   what `interrupt` or `find` says
  absl::StatusOr<int64_t> Start(bool allow_partial, const Interrupt& interrupt);

  // Looks at what there is now and changes what is served; `again` also tries
  // versions that failed before.
  void Look(bool again, const Interrupt& interrupt);

  // Lets go of what nobody uses any more. True if something is still in use.
  bool Release();

 private:
  using Key = std::pair<std::string, int64_t>;  // name and version
  struct Held {
    std::shared_ptr<const Engine> engine;
    std::string mark;  // of the files that it was loaded from
    ModelFacts facts;
  };
  struct Failure {
    std::string mark;
    absl::Status status;
    std::string reason;  // as clients are told
  };
  // A version on its way out.
  struct Retired {
    Key key;
    std::weak_ptr<const Engine> engine;
    std::vector<std::weak_ptr<const ModelTable>> tables;
  };

  absl::Status Update(const std::vector<ModelFile>& files, bool again,
                      const Interrupt& interrupt);
  // True if another engine is to be served.
  bool Renew(const ModelFile& file, bool again, const Interrupt& interrupt);
  // Loaded and warmed up.
  absl::StatusOr<LoadedModel> Open(const ModelFile& file,
                                   const Interrupt& interrupt) const;
  // Served, or on its way out.
  bool IsKnown(const Key& key) const;
  void NoteFailure(const ModelFile& file, const std::string& mark,
                   const absl::Status& status);
  bool DropUnwanted(const std::vector<ModelFile>& files);
  bool ForgetFailures(const std::vector<ModelFile>& files);
  void Retire(const Key& key);
  void Serve();

  const Parts parts_;
  CurrentModels& models_;
  Metrics& metrics_;
  const Log& log_;
  std::map<Key, Held> held_;
  std::map<Key, Failure> failures_;
  std::vector<Retired> retired_;
  std::shared_ptr<const ModelTable> table_;
  // Of versions that are on their way out.
  std::vector<std::weak_ptr<const ModelTable>> former_tables_;
};

}  // namespace hypergan::server
