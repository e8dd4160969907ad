#include "services/training/learners/logistic_regression/train.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/logistic_regression/calibration.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/logistic_regression/calibration.h"
#include "services/training/learners/logistic_regression/penalty_path.h"
#include "services/training/learners/logistic_regression/problem.h"
#include "services/training/learners/logistic_regression/separability.h"
#include "services/training/learners/logistic_regression/threshold.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionModel;
using model::v1::LogisticRegressionParameters;

// What is left of the fit where the coefficients that an l1 penalty made 0 are no parameters at all.
LinearFit ActivePart(const LinearFit& fit, const std::vector<int>& active) {
  const size_t size = fit.parameters.size(), width = active.size();
  LinearFit part;
  part.hessian.resize(width * width);
  for (size_t a = 0; a < width; ++a) {
    part.parameters.push_back(fit.parameters[active[a]]);
    part.centre.push_back(fit.centre[active[a]]);
    for (size_t b = 0; b < width; ++b) part.hessian[a * width + b] = fit.hessian[active[a] * size + active[b]];
  }
  return part;
}

// [d + 1]; 0 where the l1 penalty made the coefficient 0.
std::vector<double> ErrorsOf(const LinearFit& fit, double l1) {
  if (l1 == 0 || fit.hessian.empty()) return StandardErrors(fit, 1);
  const int d = static_cast<int>(fit.parameters.size()) - 1;
  std::vector<int> active;
  for (int j = 0; j <= d; ++j) {
    if (j == d || fit.parameters[j] != 0) active.push_back(j);
  }
  const std::vector<double> of_active = StandardErrors(ActivePart(fit, active), 1);
  std::vector<double> errors(d + 1, 0.0);
  for (size_t a = 0; a < active.size(); ++a) errors[active[a]] = of_active[a];
  return errors;
}

LogisticRegressionModel MakeModel(const LinearFit& fit, const Penalties& penalties) {
  const int d = static_cast<int>(fit.parameters.size()) - 1;
  LogisticRegressionModel model;
  for (int j = 0; j < d; ++j) model.add_coefficients(fit.parameters[j]);
  model.set_intercept(fit.parameters[d]);
  model.set_objective(fit.objective);
  model.set_iterations(fit.iterations);
  model.set_gradient_norm(fit.gradient_norm);
  const std::vector<double> errors = ErrorsOf(fit, penalties.l1);
  for (int j = 0; j < d; ++j) model.add_standard_errors(errors[j]);
  model.set_intercept_standard_error(errors[d]);
  model.set_l1_penalty(penalties.l1);
  model.set_l2_penalty(penalties.l2);
  return model;
}

class Trainer {
 public:
  Trainer(LogisticProblem& problem, const LogisticRegressionParameters& parameters)
      : problem_(problem), parameters_(parameters) {}

  absl::StatusOr<LogisticRegressionModel> Train() {
    const bool on_path = parameters_.has_penalty_path();
    problem_.Expect((on_path ? CountPathFits(parameters_.penalty_path(), problem_.folds()) : 1) +
                    (Calibrates() ? problem_.folds() : 0));
    CLIENTELE_RETURN_IF_ERROR(on_path ? FitOnPath() : FitAsGiven());
    CLIENTELE_ASSIGN_OR_RETURN(const bool separable, IsSeparable(problem_, fit_));
    if (separable && penalties_.l1 == 0 && penalties_.l2 == 0) {
      return NotReady("the classes are separated perfectly: without a penalty no finite coefficients exist; set "
                      "l2_penalty above 0, and look whether a feature gives the label away");
    }
    LogisticRegressionModel model = MakeModel(fit_, penalties_);
    model.set_separable(separable);
    for (auto& point : path_) *model.add_path() = std::move(point);
    if (Calibrates()) CLIENTELE_RETURN_IF_ERROR(Calibrate(model));
    CLIENTELE_ASSIGN_OR_RETURN(const double threshold, ChooseThreshold(model));
    model.set_threshold(threshold);
    return model;
  }

 private:
  bool Calibrates() const {
    return parameters_.calibration() == LogisticRegressionParameters::CALIBRATION_PLATT ||
           parameters_.calibration() == LogisticRegressionParameters::CALIBRATION_ISOTONIC;
  }

  absl::Status FitOnPath() {
    CLIENTELE_ASSIGN_OR_RETURN(PathChoice choice, ChooseOnPath(problem_, parameters_.penalty_path()));
    penalties_ = choice.penalties;
    fit_ = std::move(choice.fit);
    path_ = std::move(choice.points);
    return absl::OkStatus();
  }

  absl::Status FitAsGiven() {
    penalties_ = {.l1 = parameters_.l1_penalty(), .l2 = parameters_.has_l2_penalty() ? parameters_.l2_penalty() : 1.0};
    if (penalties_.l1 == 0 && penalties_.l2 == 0 && problem_.rows() <= problem_.num_parameters()) {
      return NotReady(absl::StrCat(problem_.rows(), " rows cannot determine ", problem_.num_parameters(),
                                   " parameters without a penalty; set l2_penalty above 0 or give more rows"));
    }
    CLIENTELE_ASSIGN_OR_RETURN(fit_, problem_.Fit(penalties_, std::vector<double>(problem_.num_parameters(), 0.0)));
    return absl::OkStatus();
  }

  // By the log odds of each row from a fit that has not seen it.
  absl::Status Calibrate(LogisticRegressionModel& model) {
    CLIENTELE_ASSIGN_OR_RETURN(const RowValues log_odds, problem_.CrossFittedLogOdds(penalties_, fit_.parameters));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<ScoredRow> rows,
                               GatherRows(problem_.sums(), log_odds, problem_.row_weights()));
    if (parameters_.calibration() == LogisticRegressionParameters::CALIBRATION_ISOTONIC) {
      *model.mutable_isotonic() = FitIsotonic(std::move(rows));
      return absl::OkStatus();
    }
    CLIENTELE_ASSIGN_OR_RETURN(*model.mutable_platt(),
                               FitPlatt(rows, problem_.sums().threads(), problem_.sums().stop()));
    return absl::OkStatus();
  }

  // The probabilities of the training rows by the whole model.
  absl::StatusOr<std::vector<ScoredLabel>> ScoreRows(const LogisticRegressionModel& model) const {
    CLIENTELE_ASSIGN_OR_RETURN(const auto calibration, clientele::model::Calibration::Create(model));
    const ShardSums& sums = problem_.sums();
    const RowValues log_odds = LogOdds(sums.matrix(), fit_.parameters, /*with_offsets=*/true, sums.threads());
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<ScoredRow> rows, GatherRows(sums, log_odds, problem_.row_weights()));
    std::vector<ScoredLabel> scored;
    scored.reserve(rows.size());
    for (const ScoredRow& row : rows) {
      scored.push_back({calibration.Probability(row.log_odds), row.positive, row.weight});
    }
    return scored;
  }

  absl::StatusOr<double> ChooseThreshold(const LogisticRegressionModel& model) const {
    const auto& threshold = parameters_.threshold();
    if (threshold.has_fixed()) return threshold.fixed();
    if (!threshold.best_f1() && !threshold.base_rate() && !threshold.has_costs()) return 0.5;
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<ScoredLabel> rows, ScoreRows(model));
    if (threshold.best_f1()) return BestF1Threshold(std::move(rows));
    if (threshold.base_rate()) return BaseRateThreshold(std::move(rows));
    return CheapestThreshold(std::move(rows), threshold.costs().false_positive(), threshold.costs().false_negative());
  }

  LogisticProblem& problem_;
  const LogisticRegressionParameters& parameters_;
  Penalties penalties_;
  LinearFit fit_;
  std::vector<LogisticRegressionModel::PathPoint> path_;
};

absl::StatusOr<LogisticRegressionModel> Train(TrainingMatrix& matrix, const ShardSums& sums,
                                              const LogisticRegressionParameters& parameters,
                                              const LearnerProgress& progress) {
  CLIENTELE_ASSIGN_OR_RETURN(LogisticProblem problem, LogisticProblem::Create(matrix, sums, parameters, progress));
  return Trainer(problem, parameters).Train();
}

}  // namespace

absl::StatusOr<LogisticRegressionModel> TrainLogisticRegression(TrainingMatrix matrix,
                                                                const LogisticRegressionParameters& parameters,
                                                                Communicator& communicator, int threads,
                                                                const StopToken& stop,
                                                                const LearnerProgress& progress, Journal* journal) {
  const ShardSums sums(matrix, communicator, threads, stop, journal);
  absl::StatusOr<LogisticRegressionModel> model = Train(matrix, sums, parameters, progress);
  if (!model.ok()) communicator.Abort(model.status());
  return model;
}

}  // namespace clientele::training
