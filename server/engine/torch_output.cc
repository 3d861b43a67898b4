#include "server/engine/torch_output.h"

#include <c10/util/Logging.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <atomic>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

constexpr int kShown = 10;

// LibTorch takes a plain function and keeps it for good.
std::function<void(std::string_view)>* torch_log = nullptr;
std::atomic<int> prints = 0;

void LogPrint(const std::string& text) {
  if (prints >= kShown) return;
  const int count = ++prints;
  if (count > kShown) return;
  (*torch_log)(
      absl::StrCat("a model prints ",
                   Quoted(text.substr(0, text.find_last_not_of('\n') + 1)),
                   count == kShown ? "; no more of that is logged" : ""));
}

}  // namespace

void TakeTorchOutput(std::function<void(std::string_view line)> log) {
  torch_log = new std::function<void(std::string_view)>(std::move(log));
  torch::jit::setPrintHandler(LogPrint);
  FLAGS_caffe2_log_level = c10::GLOG_ERROR;
}

}  // namespace hypergan::server
