#include "services/training/selection/window_values.h"

#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "common/model/lifetime_value/predictor.h"
#include "common/model/predictor.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {
namespace {

// Not the served value, which is of another horizon and discounted.
absl::StatusOr<std::vector<double>> Money(const model::LifetimeValuePredictor& predictor,
                                          const dataset::Dataset& dataset, const dataset::RowSelection& judging,
                                          const Holdout& holdout, int threads) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto encoder, model::DatasetEncoder::Create(predictor.encoder(), dataset));
  const LifetimeRows scored = ScoreLifetimeRows(predictor.model(), encoder, judging, judging, holdout, threads);
  std::vector<double> values;
  for (const LifetimeRow& row : scored.rows) {
    if (row.judges) values.push_back(row.money);
  }
  return values;
}

}  // namespace

absl::StatusOr<std::vector<double>> WindowValues(const model::v1::ModelArtifact& artifact,
                                                 const dataset::Dataset& dataset, const dataset::RowSelection& judging,
                                                 int threads) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, model::Predictor::Create(artifact));
  if (artifact.has_lifetime_value()) {
    return Money(static_cast<const model::LifetimeValuePredictor&>(*predictor), dataset, judging,
                 Holdout(artifact.spec().dataset()), threads);
  }
  return model::ScoreRows(*predictor, dataset, judging, threads);
}

}  // namespace clientele::training
