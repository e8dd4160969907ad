// Scored rows with the instant they were seen.
#pragma once

#include "absl/time/time.h"
#include "services/inference/scoring/scored_rows.h"

namespace clientele::inference {

struct ObservedRows {
  ScoredRows rows;
  absl::Time time;
};

}  // namespace clientele::inference
