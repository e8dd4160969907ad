// Lifetime value: what a customer will bring in a horizon, from the purchase history alone (and covariates).
//
// The output is the value expected in the model's horizon (lifetime.h), with the interval of the parameters' uncertainty; fit
// is the same number. It is explained by exact Shapley values: the players are recency, frequency, age, mean spend and
// all covariates together, and a coalition's value is that of a customer with the members' own numbers and the average
// customer's else. Of an average frequency that is not whole, the two whole ones around it are weighed. The covariates' share
// is given to each by what it does to first order, and what is left over in proportion to that. baseline + contributions
// is the value, to rounding.
//
// No cell is too odd: what cannot be (recency beyond age, half a purchase, less than none) is taken as the nearest that can,
// and the note says so. A customer without a purchase is worth 0 until there is one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/model/lifetime_value/estimates.h"
#include "common/model/lifetime_value/explanation.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "common/model/predictor.h"

namespace clientele::model {

// All there is to say of a customer.
struct LifetimeScore {
  Prediction prediction;         // Of the value: output, interval, percentile; contributions where explained.
  LifetimeEstimates estimates;   // Zeros where there is no history.
  double historic_value = 0;     // x margin.
  std::vector<AliveAhead> alive_curve;
  std::string tier;
  std::string note;
  int horizon_days = 0;
};

class LifetimeValuePredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: see LifetimeModel::Create.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

  const LifetimeModel& model() const { return model_; }

  // `horizon_days` in [1, 36500], or 0 for the model's own. Percentile and tier are always those of the model's own
  // horizon, which the training rows' values are of.
  LifetimeScore Describe(absl::Span<const Cell> row, int horizon_days, bool explain) const;

 private:
  LifetimeValuePredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, LifetimeModel model);

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  void ExplainAt(absl::Span<const double> columns, const ValueTerms& terms, Prediction& prediction) const;
  std::string NoteOn(const LifetimeCustomer& customer, absl::Span<const double> columns, const ValueTerms& terms) const;

  LifetimeModel model_;
  AverageCustomer average_;
  double baseline_ = 0;  // The average customer's value in the model's horizon.
};

}  // namespace clientele::model
