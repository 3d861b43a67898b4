#pragma once

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {

// Calls `body`, which returns absl::Status, and makes a status of what it
// throws: RESOURCE_EXHAUSTED of memory that ran out, INTERNAL of the rest.
template <typename Body>
absl::Status GuardExceptions(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& exception) {
    return absl::InternalError(absl::StrCat("exception: ", exception.what()));
  } catch (...) {
    return absl::InternalError("an unknown exception");
  }
}

}  // namespace hypergan::server
