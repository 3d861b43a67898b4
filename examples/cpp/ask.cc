// Asks a served regression: about two numbers, and about a thousand at once,
// without waiting for the answer.
#include <cstdlib>
#include <future>
#include <iostream>

#include "client/client.h"

using hypergan::client::Client;
using hypergan::client::Prediction;
using hypergan::client::Query;

// `rows` numbers from -6 to 6.
Query ManyNumbers(int64_t rows) {
  Query query{.model = "regression-1d", .input_shape = {rows, 1}};
  for (int64_t row = 0; row < rows; ++row) {
    query.inputs.push_back(-6 + 12 * static_cast<float>(row) /
                                    static_cast<float>(rows - 1));
  }
  return query;
}

int main() {
  const char* server = std::getenv("SERVER");
  absl::StatusOr<Client> client =
      Client::Connect(server != nullptr ? server : "127.0.0.1:8001");
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }
  // The callback runs in a thread of the library's and must not block.
  std::promise<absl::StatusOr<Prediction>> promise;
  client->PredictAsync(ManyNumbers(1000),
                       [&promise](absl::StatusOr<Prediction> answer) {
                         promise.set_value(std::move(answer));
                       });

  const absl::StatusOr<Prediction> two = client->Predict(
      {.model = "regression-1d", .input_shape = {2, 1}, .inputs = {0.5, 6}});
  const absl::StatusOr<Prediction> many = promise.get_future().get();
  if (!two.ok() || !many.ok()) {
    std::cerr << (two.ok() ? many : two).status() << "\n";
    return 1;
  }
  for (int64_t row = 0; row < two->rows; ++row) {
    std::cout << two->mean[row] << " variance " << two->variance[row]
              << (two->scores[row].is_ood.value_or(false) ? ", is_ood\n"
                                                          : "\n");
  }
  std::cout << many->rows << " rows, networks from seed "
            << many->seed.value_or(0) << "\n";
}
