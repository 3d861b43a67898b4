#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::client {

// The warnings about one request's rows.
struct RequestWarnings {
  int64_t first_row = 0;  // where its rows begin in the whole input
  int64_t rows = 0;
  std::vector<std::string> texts;
};

// The warnings about a whole input, from those about the requests that it was
// cut into; 8 at most, the first ones. The server's texts about rows outside of
// the training range become one that counts rows in the whole input. A text of
// another form is kept, with the rows that it is about.
std::vector<std::string> JoinWarnings(
    const std::vector<RequestWarnings>& requests);

}  // namespace hypergan::client
