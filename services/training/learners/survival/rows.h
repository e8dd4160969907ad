// Times to an event that has not happened to everybody yet: what all survival learners read.
//
// Notation: n rows; a row has a duration t > 0, and either ended then (an event, a "death" of the literature) or is
// known to have lasted so long (censored). Rows that are censored at a time are still at risk at it.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace clientele::training::survival {

struct Rows {
  absl::Span<const double> durations;  // n, finite, > 0.
  absl::Span<const uint8_t> ended;     // n: 1 where the event has happened.
  absl::Span<const double> weights;    // n, finite, >= 0; empty: all 1.
  absl::Span<const int> strata;        // n, >= 0; empty: one stratum.

  int64_t size() const { return static_cast<int64_t>(durations.size()); }
  double weight(int64_t i) const { return weights.empty() ? 1 : weights[i]; }
  int stratum(int64_t i) const { return strata.empty() ? 0 : strata[i]; }
};

// INVALID_ARGUMENT: sizes that do not fit, a number out of range.
absl::Status CheckRows(const Rows& rows);

// Row numbers by rising (stratum, duration), at equal ones events first, then in row order; rows of weight 0 are left
// out.
std::vector<int64_t> TimeOrder(const Rows& rows);

}  // namespace clientele::training::survival
