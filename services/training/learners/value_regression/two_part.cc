#include "services/training/learners/value_regression/two_part.h"

#include <cmath>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/value_regression/deviance.h"
#include "services/training/learners/value_regression/families.h"
#include "services/training/learners/value_regression/parameters.h"
#include "services/training/learners/value_regression/solution.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;
using Lognormal = ZeroInflatedLognormalFamily;

double Occurs(double label) { return label > 0 ? 1 : 0; }

double LogOddsOfAny(const ValueLabels& labels) {
  return std::log(labels.positive_weight / (labels.weight - labels.positive_weight));
}

absl::StatusOr<ValueRegressionModel> TrainLognormal(const ShardSums& sums, const LinearFitOptions& options,
                                                    const ValueLabels& labels, const LearnerProgress& progress) {
  const int d = sums.matrix().columns;
  static_assert(Lognormal::kOccurrence == 0 && Lognormal::kMean == 1 && Lognormal::kSpread == 2);
  const double spread = model::CutSpread(std::log(labels.log_deviation));
  std::vector<double> start = StartAt(d, {LogOddsOfAny(labels), labels.log_mean, spread});
  CLIENTELE_ASSIGN_OR_RETURN(const LinearFit fit, FitLinear(sums, Lognormal(), std::move(start), labels.rows, options,
                                                            IterationProgress(progress, 0.1, 0.9)));
  const std::vector<double> errors = StandardErrors(fit, /*dispersion=*/1);
  const auto head = [d](const std::vector<double>& of, int h) {
    return absl::MakeSpan(of).subspan(h * (d + 1), d + 1);
  };
  const auto set = [&](int h, auto& message) { SetLinearPredictor(head(fit.parameters, h), head(errors, h), message); };
  ValueRegressionModel model;
  set(Lognormal::kOccurrence, *model.mutable_occurrence());
  set(Lognormal::kMean, model);
  set(Lognormal::kSpread, *model.mutable_spread());
  model.set_objective(fit.objective);
  AddConvergence(fit, model);
  return model;
}

absl::StatusOr<ValueRegressionModel> TrainHurdle(const ShardSums& sums, const LinearFitOptions& options,
                                                 const ValueLabels& labels, const LearnerProgress& progress) {
  const int d = sums.matrix().columns;
  const LogisticFamily logistic;
  const TransformedLabelFamily occurrence(logistic, Occurs);
  CLIENTELE_ASSIGN_OR_RETURN(const LinearFit whether,
                             FitLinear(sums, occurrence, StartAt(d, {LogOddsOfAny(labels)}), labels.rows, options,
                                       IterationProgress(progress, 0.1, 0.5)));
  const GammaFamily gamma;
  const double positive_mean = labels.mean * labels.weight / labels.positive_weight;
  CLIENTELE_ASSIGN_OR_RETURN(const LinearFit amount,
                             FitLinear(sums, PositiveLabelFamily(gamma), StartAt(d, {std::log(positive_mean)}),
                                       labels.rows, options, IterationProgress(progress, 0.5, 0.9)));
  CLIENTELE_ASSIGN_OR_RETURN(const double of_labels, SumLabelDeviance(sums, kGammaPower));
  ValueRegressionModel model;
  model.set_dispersion(Dispersion(amount.pearson, labels.positive_weight, d + 1));
  model.set_objective(whether.objective + amount.objective + of_labels);
  SetLinearPredictor(whether.parameters, StandardErrors(whether, /*dispersion=*/1), *model.mutable_occurrence());
  SetLinearPredictor(amount.parameters, StandardErrors(amount, model.dispersion()), model);
  AddConvergence(whether, model);
  AddConvergence(amount, model);
  return model;
}

}  // namespace

absl::StatusOr<ValueRegressionModel> TrainTwoPart(const ShardSums& sums, const ValueRegressionParameters& parameters,
                                                  const ValueLabels& labels, const LearnerProgress& progress) {
  const LinearFitOptions options = FitOptionsOf(parameters, /*slope_scale=*/1);
  const auto train = model::HasSpread(parameters.family()) ? TrainLognormal : TrainHurdle;
  CLIENTELE_ASSIGN_OR_RETURN(ValueRegressionModel model, train(sums, options, labels, progress));
  model.set_family(parameters.family());
  return model;
}

}  // namespace clientele::training
