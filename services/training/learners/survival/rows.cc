#include "services/training/learners/survival/rows.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace clientele::training::survival {

absl::Status CheckRows(const Rows& rows) {
  const size_t n = rows.durations.size();
  const bool fits = rows.ended.size() == n && (rows.weights.empty() || rows.weights.size() == n) &&
                    (rows.strata.empty() || rows.strata.size() == n);
  if (!fits) return absl::InvalidArgumentError("durations, events, weights and strata are not of the same rows");
  for (size_t i = 0; i < n; ++i) {
    if (!(std::isfinite(rows.durations[i]) && rows.durations[i] > 0)) {
      return absl::InvalidArgumentError(absl::StrCat("the duration of row ", i, " is ", rows.durations[i]));
    }
    if (rows.ended[i] > 1) return absl::InvalidArgumentError(absl::StrCat("the event of row ", i, " is not 0 or 1"));
    if (!(std::isfinite(rows.weight(i)) && rows.weight(i) >= 0)) {
      return absl::InvalidArgumentError(absl::StrCat("the weight of row ", i, " is ", rows.weight(i)));
    }
    if (rows.stratum(i) < 0) return absl::InvalidArgumentError(absl::StrCat("the stratum of row ", i, " is below 0"));
  }
  return absl::OkStatus();
}

std::vector<int64_t> TimeOrder(const Rows& rows) {
  std::vector<int64_t> order;
  order.reserve(rows.size());
  for (int64_t i = 0; i < rows.size(); ++i) {
    if (rows.weight(i) > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    if (rows.stratum(a) != rows.stratum(b)) return rows.stratum(a) < rows.stratum(b);
    if (rows.durations[a] != rows.durations[b]) return rows.durations[a] < rows.durations[b];
    if (rows.ended[a] != rows.ended[b]) return rows.ended[a] > rows.ended[b];
    return a < b;
  });
  return order;
}

}  // namespace clientele::training::survival
