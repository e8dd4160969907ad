#include "services/training/learners/value_regression/deviance.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/value_regression/labels.h"
#include "services/training/learners/value_regression/row_fits.h"

namespace clientele::training {

double HalfDevianceOfLabel(double label, double power) {
  if (power == 0) return 0;
  if (power == 1) return label > 0 ? label * std::log(label) - label : 0;
  if (power == kGammaPower) return -std::log(label) - 1;
  return std::pow(label, 2 - power) / ((1 - power) * (2 - power));
}

absl::StatusOr<Deviance> SumDeviance(const ShardSums& sums, absl::Span<const double> parameters, double power) {
  const RowFits fits(sums.matrix(), parameters);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums.Sum(2, [&](int s, absl::Span<double> sum) {
    fits.ForRows(s, [&](const FittedRow& row) {
      if (row.weight == 0 || (power == kGammaPower && row.label <= 0)) return;
      const double label = power == 0 ? row.label : NotNegative(row.label);
      const double mean = std::exp(std::min(row.fit, model::kLargestLogValue)), residual = label - mean;
      sum[0] += row.weight * residual * residual / std::pow(mean, power);
      sum[1] += row.weight * HalfDevianceOfLabel(label, power);
    });
  }));
  return Deviance{totals[0], totals[1]};
}

}  // namespace clientele::training
