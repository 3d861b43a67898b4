#include "server/app/reloader.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/serving/metrics/metric_registration.h"

namespace hypergan::server {
namespace {

// Other bytes in a file are another state of it, for all that tells them apart
// without reading it. Links are followed: a mounted secret changes by a link.
std::string StateOf(const std::vector<std::string>& files) {
  std::string state;
  for (const std::string& file : files) {
    struct stat status = {};
    if (stat(file.c_str(), &status) != 0) {
      absl::StrAppend(&state, "none;");
      continue;
    }
    absl::StrAppend(&state, status.st_dev, ":", status.st_ino, ":",
                    status.st_size, ":", status.st_mtim.tv_sec, ".",
                    status.st_mtim.tv_nsec, ":", status.st_ctim.tv_sec, ".",
                    status.st_ctim.tv_nsec, ";");
  }
  return state;
}

}  // namespace

Reloader::Reloader(std::vector<Part> parts, const Log& log,
                   prometheus::Registry& registry)
    : log_(log) {
  auto& family = CounterFamily(registry, "hypergan_reloads_total");
  for (Part& part : parts) {
    Watched watched;
    watched.good = &family.Add({{"files", part.name}, {"result", "taken"}});
    watched.bad = &family.Add({{"files", part.name}, {"result", "refused"}});
    watched.read = watched.latest = StateOf(part.files);
    watched.part = std::move(part);
    watched_.push_back(std::move(watched));
  }
  thread_ = std::thread([this] { Run(); });
}

Reloader::~Reloader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Reloader::ReloadNow() {
  {
    const std::lock_guard lock(mutex_);
    demanded_ = true;
  }
  changed_.notify_one();
}

void Reloader::Run() {
  for (;;) {
    bool demanded = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, absl::ToChronoMilliseconds(kPeriod),
                        [this] { return stopping_ || demanded_; });
      if (stopping_) return;
      demanded = std::exchange(demanded_, false);
    }
    for (Watched& watched : watched_) Look(watched, demanded);
  }
}

void Reloader::Look(Watched& watched, bool demanded) const {
  std::string state = StateOf(watched.part.files);
  const bool lasts = state == watched.latest;
  watched.latest = state;
  if (!demanded && (state == watched.read || !lasts)) return;
  watched.read = std::move(state);
  const absl::Status status = watched.part.reload();
  (status.ok() ? watched.good : watched.bad)->Increment();
  log_(status.ok() ? absl::StrCat(watched.part.name, ": read again")
                   : absl::StrCat(watched.part.name,
                                  ": the old ones stay: ", status.message()));
}

}  // namespace hypergan::server
