#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/logistic_regression/train.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionParameters;
using model::v1::PenaltyPath;

// Written so that NaN fails.
bool IsPenalty(double value) { return value >= 0 && std::isfinite(value); }
bool IsCost(double value) { return value > 0 && std::isfinite(value); }

absl::Status Bad(const std::string& field, double value, absl::string_view allowed) {
  return InvalidField(field, absl::StrCat(value, " is not ", allowed));
}

absl::Status CheckPath(const LogisticRegressionParameters& parameters, const std::string& field) {
  const PenaltyPath& path = parameters.penalty_path();
  if (parameters.has_l2_penalty() || parameters.l1_penalty() != 0) {
    return InvalidField(field, "is given beside l1_penalty or l2_penalty, which it chooses; give one or the other");
  }
  if (!(path.l1_share() >= 0 && path.l1_share() <= 1)) return Bad(field + ".l1_share", path.l1_share(), "in (0, 1]");
  if (path.strengths() != 0 && (path.strengths() < 2 || path.strengths() > 1000)) {
    return Bad(field + ".strengths", path.strengths(), "2 to 1,000");
  }
  if (!(path.least_ratio() >= 0 && path.least_ratio() < 1)) {
    return Bad(field + ".least_ratio", path.least_ratio(), "in (0, 1)");
  }
  return absl::OkStatus();
}

absl::Status CheckPenalties(const LogisticRegressionParameters& parameters, const std::string& prefix) {
  if (parameters.has_penalty_path()) return CheckPath(parameters, prefix + "penalty_path");
  if (!IsPenalty(parameters.l2_penalty())) {
    return Bad(prefix + "l2_penalty", parameters.l2_penalty(), "a finite number, 0 or more");
  }
  if (!IsPenalty(parameters.l1_penalty())) {
    return Bad(prefix + "l1_penalty", parameters.l1_penalty(), "a finite number, 0 or more");
  }
  return absl::OkStatus();
}

absl::Status CheckWeights(const LogisticRegressionParameters& parameters, const std::string& prefix) {
  const std::pair<absl::string_view, double> weights[] = {{"positive_weight", parameters.positive_weight()},
                                                          {"negative_weight", parameters.negative_weight()}};
  for (const auto& [name, weight] : weights) {
    if (!(weight >= 0 && weight <= 1e6)) return Bad(absl::StrCat(prefix, name), weight, "above 0 and at most 1e6");
    if (weight != 0 && parameters.balance_classes()) {
      return InvalidField(absl::StrCat(prefix, name), "is given beside balance_classes; give one of them");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckThreshold(const LogisticRegressionParameters::Threshold& threshold, const std::string& prefix) {
  if (threshold.has_fixed() && !(threshold.fixed() > 0 && threshold.fixed() < 1)) {
    return Bad(prefix + "fixed", threshold.fixed(), "in (0, 1)");
  }
  if (!threshold.has_costs()) return absl::OkStatus();
  if (!IsCost(threshold.costs().false_positive())) {
    return Bad(prefix + "costs.false_positive", threshold.costs().false_positive(), "a finite number above 0");
  }
  if (!IsCost(threshold.costs().false_negative())) {
    return Bad(prefix + "costs.false_negative", threshold.costs().false_negative(), "a finite number above 0");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateLogisticRegression(const LogisticRegressionParameters& parameters, absl::string_view field) {
  const std::string prefix = absl::StrCat(field, ".");
  CLIENTELE_RETURN_IF_ERROR(CheckPenalties(parameters, prefix));
  CLIENTELE_RETURN_IF_ERROR(CheckWeights(parameters, prefix));
  CLIENTELE_RETURN_IF_ERROR(CheckThreshold(parameters.threshold(), prefix + "threshold."));
  if (parameters.max_iterations() < 0 || parameters.max_iterations() > 1000) {
    return Bad(prefix + "max_iterations", parameters.max_iterations(), "1 to 1,000");
  }
  if (!(parameters.gradient_tolerance() >= 0 && parameters.gradient_tolerance() < 1)) {
    return Bad(prefix + "gradient_tolerance", parameters.gradient_tolerance(), "in (0, 1)");
  }
  if (!LogisticRegressionParameters::Calibration_IsValid(parameters.calibration())) {
    return InvalidField(prefix + "calibration", "is not CALIBRATION_NONE, CALIBRATION_PLATT or CALIBRATION_ISOTONIC");
  }
  if (parameters.folds() != 0 && (parameters.folds() < 2 || parameters.folds() > 20)) {
    return Bad(prefix + "folds", parameters.folds(), "2 to 20");
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
