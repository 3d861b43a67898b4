#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace hypergan::server {

using ModelNames = std::set<std::string, std::less<>>;

// Who makes a call, and what they may ask.
struct Caller {
  // Of its token or else of its certificate; empty: it has neither.
  std::string name;
  // Whose share of the queue its requests take up.
  std::string key;
  // The models that it may ask; null: every one.
  std::shared_ptr<const ModelNames> models;

  bool MayAsk(std::string_view model) const {
    return models == nullptr || models->contains(model);
  }
};

}  // namespace hypergan::server
