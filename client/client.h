#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/model.h"
#include "client/options.h"
#include "client/prediction.h"
#include "client/query.h"

namespace hypergan::client {

// What gRPC's health service says of a server, or of one service in it.
enum class Health { kUnknown, kServing, kNotServing, kServiceUnknown };

// "SERVING" and so on, as the health service spells it.
const char* HealthName(Health health);

// What the calls of one client share; private.
struct Connection;

// A connection to a hypergan-server, or to the replicas behind one name, which
// are asked in turn, those alone whose health service says SERVING. A call
// blocks until its answer, its error, or the deadline of the options, but for
// PredictAsync. UNAVAILABLE, and a full queue that says when to come back, are
// asked again before that (RetryPolicy in options.h). Errors are the server's,
// code and text; INTERNAL for an answer that does not hold together. Safe to
// call from any thread; movable.
//
//   absl::StatusOr<Client> client = Client::Connect("127.0.0.1:8001");
//   if (!client.ok()) return client.status();
//   absl::StatusOr<Prediction> prediction = client->Predict(
//       {.model = "regression-1d", .input_shape = {1, 1}, .inputs = {2.5}});
class Client {
 public:
  // Prepares the connection; it is made by the first call. INVALID_ARGUMENT,
  // NOT_FOUND or PERMISSION_DENIED for options that cannot be used (see
  // options.h).
  static absl::StatusOr<Client> Connect(const std::string& target,
                                        const ClientOptions& options = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Called with the number of rows that are answered.
  using OnProgress = std::function<void(int64_t rows)>;

  // INVALID_ARGUMENT, unsent, if the numbers do not fill the shape. Rows that
  // one request cannot carry go in several, all put to the same networks: the
  // first alone, then four at a time; the deadline is for each of them. Not so
  // with a target, or for partial answers: then N depends on the rows, which
  // must fit one request. The first query of several rows to a model asks the
  // server for the model's limits.
  absl::StatusOr<Prediction> Predict(
      const Query& query, const OnProgress& on_progress = nullptr) const;

  // Called once, by a thread of gRPC's. It must not block, nor destroy the
  // client.
  using OnPrediction = std::function<void(absl::StatusOr<Prediction>)>;

  // The same without waiting. `done` may be called before this returns. The
  // function that is returned ends the prediction with CANCELLED, unless it has
  // ended; so does the destructor of the client, which waits for that.
  std::function<void()> PredictAsync(Query query, OnPrediction done) const;

  // Called with what the networks asked so far say; false ends the stream.
  using OnAnswer = std::function<bool(const Prediction& so_far)>;

  // The same, but for network outputs, shown on the way. Returns the last
  // answer; CANCELLED when `on_answer` ended it. The rows must fit one request.
  // Not asked again once there has been an answer.
  absl::StatusOr<Prediction> PredictStream(const Query& query,
                                           const OnAnswer& on_answer) const;

  // By name, then by version.
  absl::StatusOr<std::vector<Model>> ListModels() const;

  // An empty version is the greatest.
  absl::StatusOr<Model> GetModel(const std::string& name,
                                 const std::string& version = "") const;

  // An empty service is the server as a whole. A service that the server does
  // not know is kServiceUnknown.
  absl::StatusOr<Health> CheckHealth(const std::string& service = "") const;

 private:
  explicit Client(std::unique_ptr<Connection> connection);

  std::unique_ptr<Connection> connection_;
};

}  // namespace hypergan::client
