#include "services/training/learners/value_regression/log_link.h"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/value_regression/deviance.h"
#include "services/training/learners/value_regression/families.h"
#include "services/training/learners/value_regression/parameters.h"
#include "services/training/learners/value_regression/solution.h"
#include "services/training/learners/value_regression/tweedie_power.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

// Of the Tweedie family, where it is not given.
constexpr double kUnknownPower = -1;

double PowerOf(const ValueRegressionParameters& parameters) {
  switch (parameters.family()) {
    case ValueRegressionParameters::FAMILY_POISSON: return 1;
    case ValueRegressionParameters::FAMILY_GAMMA: return kGammaPower;
    case ValueRegressionParameters::FAMILY_TWEEDIE:
      return parameters.tweedie_power() == 0 ? kUnknownPower : parameters.tweedie_power();
    default: return 0;
  }
}

std::unique_ptr<const Family> MakeFamily(double power) {
  if (power == 0) return std::make_unique<GaussianFamily>();
  if (power == 1) return std::make_unique<PoissonFamily>();
  if (power == kGammaPower) return std::make_unique<GammaFamily>();
  return std::make_unique<TweedieFamily>(power);
}

// The one near which the fit is looked for.
absl::StatusOr<std::vector<double>> StartOf(const ShardSums& sums, const ValueRegressionParameters& parameters,
                                            const ValueLabels& labels, const LearnerProgress& progress) {
  std::vector<double> start = StartAt(sums.matrix().columns, {std::log(labels.rate)});
  if (parameters.family() != ValueRegressionParameters::FAMILY_GAUSSIAN) return start;
  // Squared errors of an exponential have more than one minimum where a few customers spend most; the one near
  // Poisson's is meant.
  CLIENTELE_ASSIGN_OR_RETURN(LinearFit near,
                             FitLinear(sums, PoissonFamily(), std::move(start), labels.rows,
                                       FitOptionsOf(parameters, labels.mean), IterationProgress(progress, 0.1, 0.3)));
  return std::move(near.parameters);
}

}  // namespace

absl::StatusOr<ValueRegressionModel> TrainLogLink(const ShardSums& sums, const ValueRegressionParameters& parameters,
                                                  const ValueLabels& labels, const LearnerProgress& progress) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> start, StartOf(sums, parameters, labels, progress));
  double power = PowerOf(parameters);
  if (power == kUnknownPower) {
    Tell(progress, 0.05, "looking for the Tweedie power");
    CLIENTELE_ASSIGN_OR_RETURN(power, FindTweediePower(sums, start, labels.rows, FitOptionsOf(parameters, 1)));
  }
  // A slope is residual x mean^(1 - power) x column.
  const LinearFitOptions options = FitOptionsOf(parameters, std::pow(labels.mean, 2 - power));
  const std::unique_ptr<const Family> of_power = MakeFamily(power);
  const TransformedLabelFamily not_negative(*of_power, NotNegative);
  const Family& family = power == 0 || labels.negative == 0 ? *of_power : not_negative;
  CLIENTELE_ASSIGN_OR_RETURN(
      const LinearFit fit, FitLinear(sums, family, start, labels.rows, options, IterationProgress(progress, 0.3, 0.9)));
  CLIENTELE_ASSIGN_OR_RETURN(const double of_labels, SumLabelDeviance(sums, power));
  ValueRegressionModel model;
  model.set_family(parameters.family());
  model.set_tweedie_power(parameters.family() == ValueRegressionParameters::FAMILY_TWEEDIE ? power : 0);
  model.set_dispersion(Dispersion(fit.pearson, labels.weight, sums.matrix().columns + 1));
  model.set_objective(fit.objective + of_labels);
  SetLinearPredictor(fit.parameters, StandardErrors(fit, model.dispersion()), model);
  AddConvergence(fit, model);
  return model;
}

}  // namespace clientele::training
