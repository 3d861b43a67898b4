// Asks a served regression about two numbers.
#include <cstdlib>
#include <iostream>

#include "client/client.h"

using hypergan::client::Client;
using hypergan::client::Prediction;

int main() {
  const char* server = std::getenv("SERVER");
  absl::StatusOr<Client> client =
      Client::Connect(server != nullptr ? server : "127.0.0.1:8001");
  if (!client.ok()) return 1;
  const absl::StatusOr<Prediction> prediction = client->Predict(
      {.model = "regression-1d", .input_shape = {2, 1}, .inputs = {0.5, 6}});
  if (!prediction.ok()) {
    std::cerr << prediction.status() << "\n";
    return 1;
  }
  for (int64_t row = 0; row < prediction->rows; ++row) {
    std::cout << prediction->mean[row] << " variance "
              << prediction->variance[row] << "\n";
  }
}
