// Survival: how much sooner than the average customer one leaves, and how likely it stays how long from now.
//
// - COX: hazard ratio exp(f), f = (x - mean) b; S(t) = exp(-exp(f) H0(t)), H0 the baseline of the customer's stratum.
//   Of a stratum without an event in training, or an unknown one, it is the baseline of all.
// - WEIBULL, EXPONENTIAL: log T = x b + scale W, so f = -(x - mean) b / scale.
// - BETA_GEOMETRIC: no columns, f = 0.
// A customer that has stayed s (the raw column of duration_feature, where that is an input): S(s + t) / S(s).
//
// Intervals are of the parameters' uncertainty by the delta method, on log(-log S), so that they never leave (0, 1):
// - COX: with R the rise of H0 and v its variance were b known, m the mean columns of those at risk (less the means)
//   added up over the rise, and V = `covariance`, [d x d]: var = (v + q' V q) / R^2, q = R (x - mean) - m (Tsiatis
//   1981; Link 1984).
// - WEIBULL, EXPONENTIAL: `covariance` [d + 2] of b, the fit of a row of means, and log scale.
// - BETA_GEOMETRIC: `covariance` [2] of alpha and beta.
// `covariance` holds lower triangles, row by row.
//
// The contribution of a feature to f is the sum over its columns of (coefficient of f) x (column - mean); the baseline
// is 0.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/model/btyd/beta_geometric.h"
#include "common/model/predictor.h"
#include "common/model/survival/step_hazard.h"
#include "common/model/survival/weibull.h"

namespace clientele::model {

// Further from the average customer than this no hazard is put: exp of it, squared, is still a sane number.
inline constexpr double kLargestLogHazardRatio = 130;

struct SurvivalChance {
  double duration = 0;  // After now.
  double survival = 0;
  double lower = 0;
  double upper = 0;
};

// All that the model says of one customer.
struct SurvivalOutlook {
  Prediction prediction;
  double stayed = 0;
  std::vector<SurvivalChance> curve;  // At the model's horizons.
  std::optional<double> median_remaining;
  std::optional<double> mean_remaining;
  std::optional<double> discounted_remaining;
  std::string stratum;  // Empty: the baseline of all.
};

class SurvivalPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers, the method, features or horizons do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(v1::ModelArtifact artifact, RowEncoder encoder);

  // `prediction` is Predict's. Cost: O(d^2) for the intervals.
  SurvivalOutlook Describe(absl::Span<const Cell> row, bool explain) const;

  // Survival `times` after the start, whatever the row says of the time stayed; of encoded columns [d].
  std::vector<double> SurvivalFromStart(absl::Span<const double> columns, absl::Span<const double> times) const;

 private:
  // What is particular to one row.
  struct Subject {
    double log_hazard_ratio = 0;
    int baseline = 0;   // COX.
    double stayed = 0;  // Of BETA_GEOMETRIC whole periods.
  };

  SurvivalPredictor(v1::ModelArtifact artifact, RowEncoder encoder);

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  const v1::SurvivalModel& model() const { return artifact().survival(); }
  Subject SubjectOf(absl::Span<const double> columns) const;
  int BaselineOf(absl::Span<const double> columns) const;
  Weibull WeibullOf(double log_hazard_ratio) const;
  btyd::BetaGeometric Retention() const;
  double Survival(const Subject& subject, double duration) const;
  // The variance of log(-log S(duration)).
  double Variance(const Subject& subject, absl::Span<const double> columns, double duration) const;
  double CoxVariance(const Subject& subject, absl::Span<const double> columns, double duration) const;
  double WeibullVariance(const Subject& subject, absl::Span<const double> columns, double duration) const;
  double RetentionVariance(const Subject& subject, double duration) const;
  void SetRemaining(const Subject& subject, SurvivalOutlook& outlook) const;

  std::vector<double> slopes_;         // [d], of the log hazard ratio.
  double fit_at_means_ = 0;            // WEIBULL, EXPONENTIAL: of log T.
  double deviate_ = 0;                 // Of the intervals' coverage.
  int duration_column_ = -1;           // -1: none.
  std::vector<StepHazard> baselines_;  // As in the artifact.
  std::vector<int> column_baselines_;  // Of the columns of the stratum's feature, from strata_column_ on; 0: of all.
  int strata_column_ = 0;
};

}  // namespace clientele::model
