#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "client/model.h"

namespace hypergan::client {

// What the server has said of its models, by the name and version that were
// asked for. Safe for any thread.
class KnownModels {
 public:
  std::optional<Model> Find(const std::string& name,
                            const std::string& version) const;
  // Forgets all others when there are too many.
  void Keep(const std::string& name, const std::string& version,
            const Model& model);
  // What was said may no longer hold.
  void Forget(const std::string& name, const std::string& version);

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Model> models_;
};

}  // namespace hypergan::client
