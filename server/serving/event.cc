#include "server/serving/event.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

bool IsPlain(std::string_view text) {
  return !text.empty() && text.size() <= kMaxFieldBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  std::string_view("._:/@%+-").find(c) !=
                      std::string_view::npos;
         });
}

std::string InQuotes(std::string_view text, size_t max_bytes) {
  std::string quoted = "\"";
  for (const char c : OneLine(text, max_bytes)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// JSON knows no infinity.
std::string NumberOf(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.3f", value) : "null";
}

// Of a value that is a number; empty for a string.
std::string NumberOf(const Field& field) {
  if (const auto* number = std::get_if<int64_t>(&field.value)) {
    return absl::StrCat(*number);
  }
  if (const auto* number = std::get_if<uint64_t>(&field.value)) {
    return absl::StrCat(*number);
  }
  if (const auto* number = std::get_if<double>(&field.value)) {
    return NumberOf(*number);
  }
  return "";
}

std::string_view StringOf(const Field& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text == nullptr ? std::string_view() : *text;
}

}  // namespace

std::string TextOf(absl::Span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    std::string value = NumberOf(field);
    if (value.empty()) {
      const std::string_view string = StringOf(field);
      value = IsPlain(string) ? std::string(string)
                              : InQuotes(string, kMaxFieldBytes);
    }
    absl::StrAppend(&text, text.empty() ? "" : " ", std::string(field.name),
                    "=", value);
  }
  return text;
}

std::string JsonOf(absl::Span<const Field> fields, size_t max_field_bytes) {
  std::string text = "{";
  for (const Field& field : fields) {
    const std::string number = NumberOf(field);
    absl::StrAppend(
        &text, text.size() == 1 ? "" : ",",
        InQuotes(field.name, max_field_bytes), ":",
        number.empty() ? InQuotes(StringOf(field), max_field_bytes) : number);
  }
  return text + "}";
}

}  // namespace hypergan::server
