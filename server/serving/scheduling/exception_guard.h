#pragma once

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {

// RESOURCE_EXHAUSTED, without a text where not even that can be had.
inline absl::Status OutOfMemory() noexcept {
  try {
    return absl::ResourceExhaustedError("out of memory");
  } catch (...) {
    return {absl::StatusCode::kResourceExhausted, ""};
  }
}

// Calls `body`, which returns absl::Status, and makes a status of what it
// throws: RESOURCE_EXHAUSTED of memory that ran out, INTERNAL of the rest.
template <typename Body>
absl::Status GuardExceptions(Body&& body) noexcept {
  try {
    try {
      return body();
    } catch (const std::bad_alloc&) {
      return OutOfMemory();
    } catch (const std::exception& exception) {
      return absl::InternalError(absl::StrCat("exception: ", exception.what()));
    } catch (...) {
      return absl::InternalError("an unknown exception");
    }
  } catch (...) {
    return OutOfMemory();  // for the text of an error
  }
}

}  // namespace hypergan::server
