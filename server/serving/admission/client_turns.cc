#include "server/serving/admission/client_turns.h"

#include <algorithm>

namespace hypergan::server {

double ClientTurns::Of(const std::string& client) const {
  const auto place = given_.find(client);
  return place == given_.end() ? level_ : std::max(level_, place->second);
}

void ClientTurns::Begin(const std::string& client) {
  level_ = Of(client);
  std::erase_if(given_,
                [this](const auto& entry) { return entry.second <= level_; });
}

void ClientTurns::Give(const std::string& client, int64_t work) {
  if (given_.size() >= kMaxClients) given_.clear();
  given_[client] = Of(client) + static_cast<double>(work);
}

}  // namespace hypergan::server
