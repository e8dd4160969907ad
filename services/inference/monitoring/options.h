// How much of what is scored monitoring takes in, and for how long it keeps it.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace clientele::inference {

struct MonitorOptions {
  double share = 1;             // Of the customers whose scores are logged. Counts are of all rows.
  int64_t days = 400;           // So long the log is kept: a label window of a year, and time to look.
  // In a pace, at most: so many are logged, and so many scored by a shadow.
  int64_t queue_rows = 10'000;
  absl::Duration pace = absl::Milliseconds(500);
};

// INVALID_ARGUMENT naming the setting.
inline absl::Status CheckOptions(const MonitorOptions& options) {
  if (!(options.share >= 0 && options.share <= 1)) return absl::InvalidArgumentError("monitoring.share is not 0 to 1");
  if (options.days < 1) return absl::InvalidArgumentError("monitoring.days is not 1 or more");
  if (options.queue_rows >= 0 && options.queue_rows <= 1'000'000) return absl::OkStatus();
  return absl::InvalidArgumentError("monitoring.queue_rows is not 0 (nothing is watched) to 1,000,000");
}

}  // namespace clientele::inference
