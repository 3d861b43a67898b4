#include "server/rpc/calls/call_trace.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

constexpr char kRequestId[] = "x-request-id";
constexpr char kTraceparent[] = "traceparent";
constexpr char kTracestate[] = "tracestate";
constexpr size_t kMaxTracestateBytes = 512;  // as W3C asks to carry at least

bool IsPrintable(absl::string_view text, size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isprint(c); });
}

// "00-<32 hex>-<16 hex>-<2 hex>", in small letters, of any version but ff, and
// neither id all zeros.
bool IsTraceparent(absl::string_view text) {
  constexpr absl::string_view kForm =
      "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  const auto fits = [](char form, char c) {
    if (form != 'h') return c == form;
    return absl::ascii_isdigit(c) || ('a' <= c && c <= 'f');
  };
  if (text.size() != kForm.size() ||
      !std::equal(kForm.begin(), kForm.end(), text.begin(), fits)) {
    return false;
  }
  const auto is_zero = [](absl::string_view id) {
    return id.find_first_not_of('0') == absl::string_view::npos;
  };
  return text.substr(0, 2) != "ff" && !is_zero(text.substr(3, 32)) &&
         !is_zero(text.substr(36, 16));
}

// The value of a name that comes once; empty otherwise.
absl::string_view Find(const grpc::CallbackServerContext& context,
                       const char* name) {
  const auto& metadata = context.client_metadata();
  if (metadata.count(name) != 1) return "";
  const grpc::string_ref value = metadata.find(name)->second;
  return {value.data(), value.size()};
}

// 64 random bits of this process, and a number of the call's.
std::string MakeId() {
  static const uint64_t process = [] {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
  }();
  static std::atomic<uint64_t> calls = 0;
  return absl::StrCat(absl::Hex(process, absl::kZeroPad16),
                      absl::Hex(++calls, absl::kZeroPad16));
}

}  // namespace

CallTrace::CallTrace(const grpc::CallbackServerContext& context)
    : id_(Find(context, kRequestId)) {
  if (!IsPrintable(id_, kMaxIdBytes)) {
    id_ = MakeId();
    made_ = true;
  }
  const absl::string_view parent = Find(context, kTraceparent);
  if (!IsTraceparent(parent)) return;
  traceparent_ = std::string(parent);
  const absl::string_view state = Find(context, kTracestate);
  if (IsPrintable(state, kMaxTracestateBytes)) {
    tracestate_ = std::string(state);
  }
}

void CallTrace::TakeMessageId(absl::string_view id) {
  if (id.empty()) return;
  if (made_ && IsPrintable(id, kMaxIdBytes)) {
    id_ = std::string(id);
    made_ = false;
  }
  if (id_ != id) message_id_ = std::string(id.substr(0, kMaxIdBytes + 1));
}

void CallTrace::AddTo(std::vector<Field>& fields) const {
  fields.push_back({"id", id_});
  if (!message_id_.empty()) fields.push_back({"message_id", message_id_});
  if (!traceparent_.empty()) fields.push_back({"traceparent", traceparent_});
}

void CallTrace::Return(grpc::CallbackServerContext& context) const {
  context.AddInitialMetadata(kRequestId, id_);
  if (!traceparent_.empty()) {
    context.AddInitialMetadata(kTraceparent, traceparent_);
  }
  if (!tracestate_.empty()) {
    context.AddInitialMetadata(kTracestate, tracestate_);
  }
}

void CallTrace::ReturnAtEnd(grpc::CallbackServerContext& context) const {
  context.AddTrailingMetadata(kRequestId, id_);
  if (!traceparent_.empty()) {
    context.AddTrailingMetadata(kTraceparent, traceparent_);
  }
  if (!tracestate_.empty()) {
    context.AddTrailingMetadata(kTracestate, tracestate_);
  }
}

}  // namespace hypergan::server
