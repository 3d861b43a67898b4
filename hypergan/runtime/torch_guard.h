#pragma once

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "hypergan/runtime/torch_message.h"

namespace hypergan {

namespace internal {

// LibTorch reports exhausted memory as an ordinary c10::Error, told apart by
// text.
inline bool SaysOutOfMemory(absl::string_view message) {
  return message.find("out of memory") != absl::string_view::npos ||
         message.find("can't allocate memory") != absl::string_view::npos ||
         message.find("not enough memory") != absl::string_view::npos;
}

template <typename T>
struct IsStatusOr : std::false_type {};
template <typename T>
struct IsStatusOr<absl::StatusOr<T>> : std::true_type {};

}  // namespace internal

// The one boundary between LibTorch's exceptions and Status: runs `body`, which
// returns absl::Status or absl::StatusOr<T>, and turns what it throws into
// RESOURCE_EXHAUSTED (memory) or INTERNAL (everything else), as "what: reason"
// (see TorchMessage).
template <typename Body>
auto TorchGuard(absl::string_view what, Body&& body) -> decltype(body()) {
  using Result = decltype(body());
  static_assert(std::is_same_v<Result, absl::Status> ||
                internal::IsStatusOr<Result>::value);
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat(what, ": out of memory"));
  } catch (const std::exception& error) {
    std::string message = absl::StrCat(what, ": ", TorchMessage(error.what()));
    if (internal::SaysOutOfMemory(error.what())) {
      return absl::ResourceExhaustedError(message);
    }
    return absl::InternalError(message);
  } catch (...) {
    return absl::InternalError(absl::StrCat(what, ": unknown exception"));
  }
}

}  // namespace hypergan
