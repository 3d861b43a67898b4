#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "client/client.h"

namespace hypergan::client {

// What PredictAsync tells its callback, once it has.
inline absl::StatusOr<Prediction> PredictByCallback(const Client& client,
                                                    Query query) {
  absl::Notification done;
  absl::StatusOr<Prediction> result;
  client.PredictAsync(std::move(query), [&](auto answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

}  // namespace hypergan::client
