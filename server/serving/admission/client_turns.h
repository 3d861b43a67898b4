#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace hypergan::server {

// Whose turn it is: the client's that has been given the least work, so that
// none can keep another one waiting by asking for more work or with earlier
// deadlines (start-time fair queueing). A client that is new, or was away, is
// level with the one whose turn it was last. Jobs without a client's name count
// as one client's. Not thread-safe.
class ClientTurns {
 public:
  // Clients that are remembered; beyond it all are level again.
  static constexpr size_t kMaxClients = 1024;

  // The client of the least comes first.
  double Of(const std::string& client) const;
  // It is now that client's turn: those who had less are level with it.
  void Begin(const std::string& client);
  // It is given work: rows x networks.
  void Give(const std::string& client, int64_t work);

  size_t clients() const { return given_.size(); }

 private:
  double level_ = 0;
  std::map<std::string, double> given_;  // to those above the level
};

}  // namespace hypergan::server
