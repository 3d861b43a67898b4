#include "client/known_models.h"

namespace hypergan::client {
namespace {

constexpr size_t kMostModels = 1000;

}  // namespace

std::optional<Model> KnownModels::Find(const std::string& name,
                                       const std::string& version) const {
  std::lock_guard lock(mutex_);
  const auto place = models_.find({name, version});
  if (place == models_.end()) return std::nullopt;
  return place->second;
}

void KnownModels::Keep(const std::string& name, const std::string& version,
                       const Model& model) {
  std::lock_guard lock(mutex_);
  if (models_.size() >= kMostModels) models_.clear();
  models_.insert_or_assign({name, version}, model);
}

void KnownModels::Forget(const std::string& name, const std::string& version) {
  std::lock_guard lock(mutex_);
  models_.erase({name, version});
}

}  // namespace hypergan::client
