#include "common/model/logistic_regression/calibration.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/linear_kernel.h"
#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

absl::Status CheckPlatt(const v1::PlattScaling& platt) {
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("the calibration's slope", platt.slope()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("the calibration's intercept", platt.intercept()));
  if (platt.slope() >= 0) return absl::OkStatus();
  return InvalidArtifact(absl::StrCat("the calibration's slope is ", platt.slope()));
}

absl::Status CheckIsotonic(const v1::IsotonicCalibration& isotonic) {
  const auto& log_odds = isotonic.log_odds();
  const auto& probabilities = isotonic.probabilities();
  if (log_odds.empty()) return InvalidArtifact("the calibration has no points");
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("the calibration's log_odds", log_odds, log_odds.size()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("the calibration's probabilities", probabilities, log_odds.size()));
  if (std::adjacent_find(log_odds.begin(), log_odds.end(), std::greater_equal<>()) != log_odds.end()) {
    return InvalidArtifact("the calibration's log_odds do not rise");
  }
  if (!std::is_sorted(probabilities.begin(), probabilities.end())) {
    return InvalidArtifact("the calibration's probabilities fall");
  }
  if (*probabilities.begin() >= 0 && *probabilities.rbegin() <= 1) return absl::OkStatus();
  return InvalidArtifact("the calibration's probabilities are not in [0, 1]");
}

}  // namespace

absl::StatusOr<Calibration> Calibration::Create(const v1::LogisticRegressionModel& model) {
  Calibration calibration;
  if (model.has_platt()) {
    CLIENTELE_RETURN_IF_ERROR(CheckPlatt(model.platt()));
    calibration.slope_ = model.platt().slope();
    calibration.intercept_ = model.platt().intercept();
  }
  if (model.has_isotonic()) {
    CLIENTELE_RETURN_IF_ERROR(CheckIsotonic(model.isotonic()));
    calibration.log_odds_.assign(model.isotonic().log_odds().begin(), model.isotonic().log_odds().end());
    calibration.probabilities_.assign(model.isotonic().probabilities().begin(), model.isotonic().probabilities().end());
  }
  return calibration;
}

double Calibration::Probability(double log_odds) const {
  if (log_odds_.empty()) return Sigmoid(slope_ * log_odds + intercept_);
  const auto after = std::upper_bound(log_odds_.begin(), log_odds_.end(), log_odds);
  if (after == log_odds_.begin()) return probabilities_.front();
  if (after == log_odds_.end()) return probabilities_.back();
  const auto right = after - log_odds_.begin(), left = right - 1;
  const double way = (log_odds - log_odds_[left]) / (log_odds_[right] - log_odds_[left]);
  const double probability = probabilities_[left] + way * (probabilities_[right] - probabilities_[left]);
  return std::min(probability, probabilities_[right]);  // Rounding must not lift it above.
}

void Calibration::Probabilities(absl::Span<double> log_odds) const {
  if (!log_odds_.empty()) {
    for (double& one : log_odds) one = Probability(one);
    return;
  }
  for (double& one : log_odds) one = slope_ * one + intercept_;
  SigmoidEach(log_odds);
}

}  // namespace clientele::model
