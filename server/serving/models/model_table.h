#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine.h"

namespace hypergan::server {

class ModelMetrics;

// One version that is served.
struct ServedModel {
  std::string name;
  int64_t version = 0;
  std::shared_ptr<const Engine> engine;
  // Borrowed for the server's life; null: what is asked of it is not counted.
  ModelMetrics* metrics = nullptr;
  std::string digest = {};  // SHA-256 of its file in hex, if known
};

// One version that is there and cannot be served as it is now.
struct FailedModel {
  std::string name;
  int64_t version = 0;  // 0: the whole model
  std::string reason;   // for clients
};

// What is served: versions by model. Built once, then read by any thread.
class ModelTable {
 public:
  // Replaces what was there under the same name and version.
  void Add(ServedModel model);

  // The version that a request names, or the greatest for an empty `version`.
  // NOT_FOUND, saying what there is, for a name or a version that is not
  // served. The pointer lives as long as the table.
  absl::StatusOr<const ServedModel*> Find(std::string_view name,
                                          std::string_view version) const;

  void AddFailure(FailedModel failure) {
    failures_.push_back(std::move(failure));
  }
  // By name, then by version.
  const std::vector<FailedModel>& failures() const { return failures_; }

  // Everything that is served, by name, then by version.
  std::vector<const ServedModel*> All() const;
  int64_t size() const;

 private:
  std::map<std::string, std::map<int64_t, ServedModel>, std::less<>> models_;
  std::vector<FailedModel> failures_;
};

}  // namespace hypergan::server
