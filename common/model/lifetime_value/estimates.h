// Everything that is estimated of a customer, each with its interval.
#pragma once

#include "absl/types/span.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "common/model/lifetime_value/range.h"

namespace clientele::model {

struct LifetimeEstimates {
  Range alive;
  Range purchases;     // In the horizon.
  Range spend;         // A purchase, before the margin.
  Range value;         // In the horizon.
  Range days_to_next;  // Of a customer who still buys.
  double value_at_risk = 0;   // What the value lacks of that of a customer who surely still buys.
  double usual_gap_days = 0;  // Of the customer's own purchases; with no repeat purchase as days_to_next.
};

// `customer` has a complete history. Never NaN.
LifetimeEstimates Estimate(const LifetimeModel& model, const LifetimeCustomer& customer, absl::Span<const double> columns,
                           const ValueTerms& terms);

// Value, and value with its interval, from parts that may have been looked up.
Range ValueRange(const LifetimeModel& model, const LifetimeParts& parts, absl::Span<const double> columns, double margin);

}  // namespace clientele::model
