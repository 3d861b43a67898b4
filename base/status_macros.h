#pragma once

// Early return on a Status or StatusOr that is not OK; the two macros of this
// code.

#define HG_RETURN_IF_ERROR(expression)                          \
  if (absl::Status hg_status = (expression); !hg_status.ok()) { \
    return hg_status;                                           \
  }                                                             \
  static_assert(true)

#define HG_CONCAT_INNER(a, b) a##b
#define HG_CONCAT(a, b) HG_CONCAT_INNER(a, b)
#define HG_ASSIGN_OR_RETURN(declaration, expression) \
  HG_ASSIGN_OR_RETURN_IMPL(HG_CONCAT(hg_or_, __LINE__), declaration, expression)
#define HG_ASSIGN_OR_RETURN_IMPL(status_or, declaration, expression) \
  auto status_or = (expression);                                     \
  if (!status_or.ok()) return status_or.status();                    \
  declaration = *std::move(status_or)
