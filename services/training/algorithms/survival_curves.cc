#include "services/training/algorithms/survival_curves.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/model/btyd/beta_geometric.h"
#include "common/model/lifetime_value/range.h"
#include "common/model/survival/checks.h"
#include "common/model/survival/quadratic_form.h"
#include "common/model/survival/weibull.h"
#include "services/training/learners/survival/log_rank.h"

namespace clientele::training {
namespace {

using model::v1::SurvivalEvaluation;
using model::v1::SurvivalModel;
using model::v1::SurvivalParameters;

constexpr size_t kMostGroups = 12;
constexpr int kModelPoints = 100;

// Which of n points are told.
std::vector<int64_t> Told(int64_t n) {
  std::vector<int64_t> told;
  const int64_t points = std::min(n, kMostCurvePoints);
  for (int64_t i = 0; i < points; ++i) told.push_back(points == 1 ? 0 : i * (n - 1) / (points - 1));
  return told;
}

// Groups that have rows, with the codes of each.
struct Groups {
  std::vector<std::string> names;
  std::vector<int> group_of_code;  // From code 0, missing, on.
};

Groups GroupsOf(const std::vector<int>& codes, const std::vector<std::string>& dictionary) {
  std::vector<int64_t> counts(dictionary.size() + 1, 0);
  for (const int code : codes) ++counts[code];
  std::vector<int> order;
  for (size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) order.push_back(static_cast<int>(code));
  }
  if (order.size() > kMostGroups) {
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return counts[a] > counts[b]; });
    order.resize(kMostGroups - 1);
    std::sort(order.begin(), order.end());
  }
  Groups groups;
  groups.group_of_code.assign(counts.size(), static_cast<int>(order.size()));
  for (const int code : order) {
    groups.group_of_code[code] = static_cast<int>(groups.names.size());
    groups.names.push_back(code == 0 ? "(missing)" : dictionary[code - 1]);
  }
  const bool rest = std::any_of(codes.begin(), codes.end(),
                                [&](int code) { return groups.group_of_code[code] == static_cast<int>(order.size()); });
  if (rest) groups.names.emplace_back("(other)");
  return groups;
}

// A model's point, with the interval of log(-log S) of this variance.
void AddPoint(double time, double hazard, double variance, double deviate, SurvivalEvaluation::Curve& curve) {
  curve.add_times(time);
  curve.add_survival(std::exp(-hazard));
  const double spread = hazard > 0 ? deviate * std::sqrt(variance) / hazard : 0;
  curve.add_lower(std::exp(-hazard * std::exp(spread)));
  curve.add_upper(std::exp(-hazard * std::exp(-spread)));
}

// Of the cumulative hazard of a row of means, at the i-th time.
double VarianceAtMean(const SurvivalModel& model, const SurvivalModel::Baseline& baseline, int i) {
  if (baseline.mean_shifts().empty()) return baseline.variances(i);
  const int d = model.coefficients_size();
  const std::vector<double> shift(baseline.mean_shifts().begin() + static_cast<int64_t>(i) * d,
                                  baseline.mean_shifts().begin() + static_cast<int64_t>(i + 1) * d);
  return baseline.variances(i) + model::QuadraticForm(model.covariance(), shift);
}

}  // namespace

SurvivalEvaluation::Curve CurveOf(const survival::KaplanMeier& from, const std::string& group) {
  SurvivalEvaluation::Curve curve;
  curve.set_group(group);
  curve.set_rows(from.rows);
  curve.set_events(from.events);
  for (const int64_t i : Told(static_cast<int64_t>(from.times.size()))) {
    curve.add_times(from.times[i]);
    curve.add_survival(from.survival[i]);
    // Where nobody is left the interval is not defined: it is told as 0 to what it was.
    const bool defined = !std::isnan(from.lower[i]);
    curve.add_lower(defined ? from.lower[i] : 0);
    curve.add_upper(defined ? from.upper[i] : i > 0 ? from.upper[i - 1] : 1);
    curve.add_at_risk(from.at_risk[i]);
    curve.add_standard_errors(from.standard_errors[i]);
  }
  if (from.median) curve.set_median(*from.median);
  if (from.median_lower) curve.set_median_lower(*from.median_lower);
  if (from.median_upper) curve.set_median_upper(*from.median_upper);
  curve.set_restricted_mean(from.restricted_mean);
  return curve;
}

void AddGroupCurves(const SurvivalTable& table, const std::vector<std::string>* dictionary,
                    SurvivalEvaluation& evaluation) {
  *evaluation.add_curves() = CurveOf(survival::FitKaplanMeier(table.rows()), "");
  if (dictionary == nullptr || table.groups.empty()) return;
  const Groups groups = GroupsOf(table.groups, *dictionary);
  if (groups.names.size() < 2) return;
  std::vector<int> group_of_row;
  for (const int code : table.groups) group_of_row.push_back(groups.group_of_code[code]);
  const int k = static_cast<int>(groups.names.size());
  for (int g = 0; g < k; ++g) {
    std::vector<double> durations, weights;
    std::vector<uint8_t> ended;
    for (size_t i = 0; i < group_of_row.size(); ++i) {
      if (group_of_row[i] != g) continue;
      durations.push_back(table.durations[i]);
      ended.push_back(table.ended[i]);
      if (!table.weights.empty()) weights.push_back(table.weights[i]);
    }
    *evaluation.add_curves() = CurveOf(survival::FitKaplanMeier({durations, ended, weights, {}}), groups.names[g]);
  }
  const survival::LogRank test = survival::TestLogRank(table.rows(), group_of_row, k);
  auto& told = *evaluation.mutable_log_rank();
  told.mutable_test()->set_name("log-rank");
  told.mutable_test()->set_chi_squared(test.chi_squared);
  told.mutable_test()->set_degrees_of_freedom(test.degrees_of_freedom);
  told.mutable_test()->set_p_value(test.p_value);
  for (int g = 0; g < k; ++g) {
    told.add_groups(groups.names[g]);
    told.add_observed(test.observed[g]);
    told.add_expected(test.expected[g]);
  }
}

void AddModelCurves(const SurvivalModel& model, double longest, SurvivalEvaluation& evaluation) {
  const double deviate = model::NormalDeviate(model.interval_coverage());
  if (model.method() == SurvivalParameters::METHOD_COX) {
    for (const auto& baseline : model.baselines()) {
      auto& curve = *evaluation.add_model_curves();
      curve.set_group(baseline.stratum());
      for (const int64_t i : Told(baseline.times_size())) {
        const int at = static_cast<int>(i);
        AddPoint(baseline.times(at), baseline.cumulative_hazards(at), VarianceAtMean(model, baseline, at), deviate,
                 curve);
      }
    }
    return;
  }
  auto& curve = *evaluation.add_model_curves();
  if (model.method() == SurvivalParameters::METHOD_BETA_GEOMETRIC) {
    const btyd::BetaGeometric retention({model.alpha(), model.beta()});
    const auto periods = std::min(static_cast<int64_t>(std::ceil(longest)), kMostCurvePoints);
    for (int64_t t = 1; t <= periods; ++t) AddPoint(static_cast<double>(t), -retention.LogSurvival(0, t), 0, 0, curve);
    return;
  }
  double fit_at_means = model.intercept();
  for (int j = 0; j < model.coefficients_size(); ++j) fit_at_means += model.coefficients(j) * model.column_means(j);
  const model::Weibull weibull(fit_at_means, 1 / model.scale());
  for (int i = 1; i <= kModelPoints; ++i) {
    const double time = longest * i / kModelPoints;
    AddPoint(time, weibull.Hazard(time), 0, 0, curve);
  }
}

}  // namespace clientele::training
