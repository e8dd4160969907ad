// Survival: the fit of each method, and what it says of its coefficients.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/model/btyd/beta_geometric.h"
#include "common/model/quantile.h"
#include "common/statistics/chi_squared.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/judging.h"
#include "services/training/algorithms/survival_design.h"
#include "services/training/evaluation/coefficients.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/survival/aft.h"
#include "services/training/learners/survival/concordance.h"
#include "services/training/learners/survival/cox.h"
#include "services/training/learners/survival/parameters.h"
#include "services/training/learners/survival/proportionality.h"
#include "services/training/learners/survival/retention.h"
#include "services/training/survival_columns.h"

namespace clientele::training {
namespace {

using model::v1::Evaluation;
using model::v1::ModelArtifact;
using model::v1::SurvivalEvaluation;
using model::v1::SurvivalModel;
using model::v1::SurvivalParameters;

constexpr int kMostPeriods = 60;  // Retention rates that are told.

// A failure of a learner is one of the data, but for a stop.
absl::Status AsNotReady(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition ? NotReady(status.message()) : status;
}

void SetTest(absl::string_view name, double chi_squared, int degrees, SurvivalEvaluation::Test& test) {
  test.set_name(std::string(name));
  test.set_chi_squared(chi_squared);
  test.set_degrees_of_freedom(degrees);
  test.set_p_value(statistics::ChiSquaredTail(chi_squared, degrees));
}

template <typename To>
void Copy(const std::vector<double>& from, To* to) {
  to->Assign(from.begin(), from.end());
}

// One training: what the fits of all methods share.
class SurvivalTraining {
 public:
  SurvivalTraining(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues,
                   SurvivalColumns columns, const model::RowEncoder& encoder)
      : input_(input),
        artifact_(artifact),
        issues_(issues),
        columns_(std::move(columns)),
        encoder_(encoder),
        parameters_(WithDefaults(input.spec.survival())),
        table_(columns_.Read(input.training, input.spec.weight_feature())),
        covariates_(CovariateColumns(encoder, artifact.schema(), parameters_)) {}

  absl::Status Run() {
    if (table_.events() == 0) return NotReady("no training row has ended: there is no event to learn from");
    CLIENTELE_RETURN_IF_ERROR(survival::CheckRows(table_.rows()));
    Describe();
    switch (parameters_.method()) {
      case SurvivalParameters::METHOD_WEIBULL:
      case SurvivalParameters::METHOD_EXPONENTIAL: return Accelerated();
      case SurvivalParameters::METHOD_BETA_GEOMETRIC: return Retention();
      default: return Cox();
    }
  }

 private:
  SurvivalModel& model() { return *artifact_.mutable_survival(); }
  Evaluation& evaluation() { return *artifact_.mutable_evaluation(); }
  int d() const { return encoder_.num_columns(); }
  int k() const { return static_cast<int>(covariates_.size()); }

  // Called before each pass over the rows; a fit takes ten or so.
  std::function<void(int)> OnIteration() const {
    return [this](int pass) {
      Tell(input_.progress, 1 - std::pow(0.8, pass), absl::StrCat("pass ", pass + 1, " over the rows"));
    };
  }

  // What does not depend on the fit.
  void Describe() {
    model().set_method(parameters_.method());
    model().set_ties(parameters_.ties());
    model().set_interval_coverage(parameters_.interval_coverage());
    model().set_period_discount_rate(parameters_.period_discount_rate());
    model().set_duration_unit(parameters_.duration_unit());
    if (parameters_.duration_unit().empty()) {
      const int column = input_.dataset.FindColumn(parameters_.duration_feature());
      model().set_duration_unit(input_.dataset.header.columns(column).feature().unit());
    }
    if (const int f = FindFeature(artifact_.schema(), parameters_.duration_feature()); f >= 0)
      model().set_duration_feature(f);
    if (const int f = FindFeature(artifact_.schema(), parameters_.strata_feature()); f >= 0)
      model().set_strata_feature(f);
    *model().mutable_horizons() = parameters_.horizons();
    if (!model().horizons().empty()) return;
    std::vector<double> durations;
    for (size_t i = 0; i < table_.durations.size(); ++i) {
      if (table_.ended[i] != 0 && table_.rows().weight(static_cast<int64_t>(i)) > 0)
        durations.push_back(table_.durations[i]);
    }
    std::sort(durations.begin(), durations.end());
    for (const double share : {0.2, 0.4, 0.6, 0.8}) {
      double horizon = model::SortedQuantile(durations, share);
      if (parameters_.method() == SurvivalParameters::METHOD_BETA_GEOMETRIC) horizon = std::ceil(horizon);
      if (model().horizons().empty() || horizon > *model().horizons().rbegin()) model().add_horizons(horizon);
    }
  }

  std::string NamesOf(const std::vector<int>& covariates) const {
    std::vector<std::string> names;
    for (const int j : covariates) names.push_back(absl::StrCat("\"", encoder_.columns()[covariates_[j]].name, "\""));
    return absl::StrJoin(names, ", ");
  }

  // `fit` is a CoxFit or an AftFit.
  template <typename Fit>
  void TakeOver(const Fit& fit, const std::vector<double>& means) {
    Copy(Spread(fit.coefficients, covariates_, d()), model().mutable_coefficients());
    Copy(Spread(fit.standard_errors, covariates_, d()), model().mutable_standard_errors());
    Copy(Spread(means, covariates_, d()), model().mutable_column_means());
    TakeOverOptimum(fit);
    auto& tests = *evaluation().mutable_survival();
    SetTest("likelihood ratio", fit.likelihood_ratio, fit.degrees_of_freedom, *tests.mutable_likelihood_ratio());
    SetTest("Wald", fit.wald, fit.degrees_of_freedom, *tests.mutable_wald());
    SetTest("score", fit.score, fit.degrees_of_freedom, *tests.mutable_score());
    if (!fit.undetermined.empty()) {
      AddModelWarning("COLLINEAR",
                      absl::StrCat("has no coefficient for ", NamesOf(fit.undetermined),
                                   ": constant, or given by the columns before"),
                      "leave the features out, or set l2_penalty", issues_);
    }
    if (!fit.unbounded.empty()) {
      AddModelWarning("MONOTONE_LIKELIHOOD",
                      absl::StrCat("foretells events perfectly by ", NamesOf(fit.unbounded),
                                   ": the coefficients would grow for ever"),
                      "set l2_penalty, for example to 1, or leave the features out", issues_);
    } else if (!fit.converged && fit.iterations >= parameters_.max_iterations()) {
      AddModelWarning("NOT_CONVERGED",
                      absl::StrCat("after ", fit.iterations, " iterations the gradient is still ", fit.gradient_norm),
                      "raise max_iterations", issues_);
    }
  }

  template <typename Fit>
  void TakeOverOptimum(const Fit& fit) {
    model().set_log_likelihood(fit.log_likelihood);
    model().set_log_likelihood_null(fit.log_likelihood_null);
    model().set_iterations(fit.iterations);
    model().set_gradient_norm(fit.gradient_norm);
  }

  void AddCovariates(std::vector<double> estimates, std::vector<double> errors,
                     const std::vector<std::string>& more = {}) {
    std::vector<std::string> names;
    for (const int column : covariates_) names.push_back(encoder_.columns()[column].name);
    names.insert(names.end(), more.begin(), more.end());
    AddCoefficients({names, estimates, errors, /*log_scale=*/true}, evaluation());
  }

  // `slopes` are of the log hazard.
  void MeasureTraining(const std::vector<double>& values, const std::vector<double>& slopes) {
    std::vector<double> risks(table_.durations.size(), 0);
    for (size_t i = 0; i < risks.size(); ++i) {
      for (int j = 0; j < k(); ++j) risks[i] += values[i * k() + j] * slopes[j];
    }
    evaluation().mutable_survival()->set_train_concordance(survival::MeasureConcordance(table_.rows(), risks).value);
  }

  absl::Status Cox() {
    const std::vector<double> values = CovariatesOf(input_.matrix, covariates_);
    const auto ties =
        parameters_.ties() == SurvivalParameters::TIES_BRESLOW ? survival::Ties::kBreslow : survival::Ties::kEfron;
    survival::CoxObjective objective(table_.rows(), values, k(), ties, input_.threads, input_.stop);
    const survival::CoxOptions options = {parameters_.l2_penalty(), parameters_.max_iterations(), OnIteration()};
    const auto fit = survival::FitCox(objective, options);
    if (!fit.ok()) return AsNotReady(fit.status());
    TakeOver(*fit, objective.means());
    Copy(SpreadTriangle(fit->covariance, covariates_, d(), 0), model().mutable_covariance());
    CLIENTELE_RETURN_IF_ERROR(AddBaselines(values, ties, *fit, objective));
    CLIENTELE_RETURN_IF_ERROR(AddProportionality(*fit, objective));
    AddCovariates(fit->coefficients, fit->standard_errors);
    MeasureTraining(values, fit->coefficients);
    return absl::OkStatus();
  }

  void AddBaseline(const survival::Baseline& baseline, const std::string& stratum) {
    auto& added = *model().add_baselines();
    added.set_stratum(stratum);
    Copy(baseline.times, added.mutable_times());
    Copy(baseline.cumulative_hazards, added.mutable_cumulative_hazards());
    Copy(baseline.variances, added.mutable_variances());
    added.mutable_mean_shifts()->Resize(static_cast<int>(baseline.times.size()) * d(), 0);
    for (size_t i = 0; i < baseline.times.size(); ++i) {
      for (int j = 0; j < k(); ++j) {
        const int place = static_cast<int>(i) * d() + covariates_[j];
        added.set_mean_shifts(place, static_cast<float>(baseline.mean_shifts[i * k() + j]));
      }
    }
  }

  // That of all rows first, then one a stratum that has a name.
  absl::Status AddBaselines(const std::vector<double>& values, survival::Ties ties, const survival::CoxFit& fit,
                            const survival::CoxObjective& objective) {
    const std::vector<survival::Baseline> baselines = BaselinesOf(objective);
    if (columns_.strata() == nullptr) {
      AddBaseline(baselines.front(), "");
      return absl::OkStatus();
    }
    survival::CoxObjective together({table_.durations, table_.ended, table_.weights, {}}, values, k(), ties,
                                    input_.threads, input_.stop);
    CLIENTELE_RETURN_IF_ERROR(together.Evaluate(fit.coefficients).status());
    AddBaseline(BaselinesOf(together).front(), "");
    for (const survival::Baseline& baseline : baselines) {
      if (baseline.stratum > 0) AddBaseline(baseline, (*columns_.strata())[baseline.stratum - 1]);
    }
    return absl::OkStatus();
  }

  absl::Status AddProportionality(const survival::CoxFit& fit, survival::CoxObjective& objective) {
    CLIENTELE_ASSIGN_OR_RETURN(const survival::Proportionality test,
                               survival::TestProportionality(objective, fit, survival::FitKaplanMeier(table_.rows())));
    auto& tests = *evaluation().mutable_survival()->mutable_proportionality();
    for (int j = 0; j < k(); ++j) {
      if (std::binary_search(fit.undetermined.begin(), fit.undetermined.end(), j)) continue;
      SetTest(encoder_.columns()[covariates_[j]].name, test.chi_squared[j], 1, *tests.Add());
    }
    if (test.degrees_of_freedom > 0) SetTest("GLOBAL", test.global_chi_squared, test.degrees_of_freedom, *tests.Add());
    return absl::OkStatus();
  }

  absl::Status Accelerated() {
    const std::vector<double> values = CovariatesOf(input_.matrix, covariates_);
    const bool exponential = parameters_.method() == SurvivalParameters::METHOD_EXPONENTIAL;
    const survival::AftOptions options = {exponential, parameters_.l2_penalty(), parameters_.max_iterations(),
                                          input_.threads, OnIteration()};
    const auto fit = survival::FitAft(table_.rows(), values, k(), options, input_.stop);
    if (!fit.ok()) return AsNotReady(fit.status());
    TakeOver(*fit, fit->means);
    model().set_intercept(fit->intercept);
    model().set_scale(fit->scale);
    Copy(SpreadTriangle(fit->covariance, covariates_, d(), 2), model().mutable_covariance());
    std::vector<double> estimates = fit->coefficients, errors = fit->standard_errors, slopes = fit->coefficients;
    estimates.push_back(fit->intercept);
    errors.push_back(fit->intercept_standard_error);
    std::vector<std::string> more = {std::string(kInterceptName)};
    if (!exponential) {
      estimates.push_back(std::log(fit->scale));
      errors.push_back(std::sqrt(std::max(fit->covariance.back(), 0.0)));
      more.push_back("(log scale)");
    }
    AddCovariates(std::move(estimates), std::move(errors), more);
    for (double& slope : slopes) slope /= -fit->scale;
    MeasureTraining(values, slopes);
    return absl::OkStatus();
  }

  absl::Status Retention() {
    const auto fit = survival::FitRetention(table_.rows(), parameters_.max_iterations());
    if (!fit.ok()) return AsNotReady(fit.status());
    TakeOverOptimum(*fit);
    model().set_alpha(fit->alpha);
    model().set_beta(fit->beta);
    for (const int i : {0, 2, 3}) model().add_covariance(fit->covariance[i]);
    const double longest = *std::max_element(table_.durations.begin(), table_.durations.end());
    const int periods = static_cast<int>(std::min(std::ceil(longest), static_cast<double>(kMostPeriods)));
    const clientele::btyd::BetaGeometric retention({fit->alpha, fit->beta});
    auto& result = *evaluation().mutable_survival();
    for (int t = 0; t < periods; ++t) result.add_retention(retention.RetentionRate(t).value);
    result.set_train_concordance(0.5);
    if (fit->alike) {
      AddModelWarning("CUSTOMERS_ALIKE",
                      "finds no difference between customers: all leave at the same rate, whatever they stayed",
                      "use METHOD_EXPONENTIAL, or bring in more periods", issues_);
    }
    return absl::OkStatus();
  }

  const LearnerInput& input_;
  ModelArtifact& artifact_;
  std::vector<v1::DataIssue>& issues_;
  const SurvivalColumns columns_;
  const model::RowEncoder& encoder_;
  const SurvivalParameters parameters_;
  const SurvivalTable table_;
  const std::vector<int> covariates_;  // Among the model's d columns.
};

}  // namespace

absl::Status TrainSurvival(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  CLIENTELE_ASSIGN_OR_RETURN(SurvivalColumns columns, SurvivalColumns::Of(input.dataset, input.spec.survival()));
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder encoder,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  return SurvivalTraining(input, artifact, issues, std::move(columns), encoder).Run();
}

}  // namespace clientele::training
