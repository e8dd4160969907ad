// Value regression: a value is a function of one to three linear predictors, each intercept + coefficients x columns.
//
// - Least squares on the value itself: value = mean; with the target LOG1P, smearing x exp(mean) - 1. Below 0 it is 0,
//   unless negative values are allowed.
// - All others have a logarithm: value = exp(fit), where fit is
//     mean                                                    (Gaussian, Poisson, Gamma, Tweedie with log link),
//     log sigmoid(occurrence) + mean                          (hurdle Gamma),
//     log sigmoid(occurrence) + mean + exp(2 spread) / 2      (zero-inflated lognormal: the mean of a lognormal, the
//                                                              spread cut as in family.h).
//
// So a fit is always a sum of terms g(linear predictor), and it is explained term by term: as the row of training means
// turns into this one along the straight line, a column adds coefficient x (value - mean) x the mean of g' on the way,
// which is (g(at) - g(baseline)) / (at - baseline). These are the Aumann-Shapley values of the fit (Sundararajan, Taly
// and Yan 2017), here in closed form; they add up exactly, and for a linear g they are the usual contributions.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "common/model/linear_model.h"
#include "common/model/predictor.h"

namespace clientele::model {

class ValueRegressionPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers, the family, the target, the smearing or the intervals do
  // not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  // How a linear predictor enters the fit.
  enum class Role { kMean, kOccurrence, kSpread };
  struct Term {
    Role role;
    LinearModel model;
  };

  ValueRegressionPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, std::vector<Term> terms)
      : Predictor(std::move(artifact), std::move(encoder)), terms_(std::move(terms)) {
    for (const Term& term : terms_) baseline_ += ValueOf(term.role, term.model.baseline());
  }

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                 absl::Span<Prediction> predictions) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  static double ValueOf(Role role, double at);
  static double SlopeOf(Role role, double at);
  // The mean of g' between two linear predictors.
  static double MeanSlope(Role role, double from, double to);
  // Adds a term, whose linear predictor is `at`.
  void AddTerm(Role role, double at, Prediction& prediction) const;
  // What follows from the fit; `exp` is exp of it, which models with a logarithm need.
  void SetOutput(double exp, Prediction& prediction) const;
  double Output(double fit, double exp) const;

  std::vector<Term> terms_;
  double baseline_ = 0;
};

}  // namespace clientele::model
