#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/onnx/models.h"
#include "common/model/survival/baselines.h"
#include "common/model/survival/checks.h"
#include "common/model/survival/predictor.h"
#include "common/model/survival/weibull.h"

namespace clientele::model {
namespace {

using v1::SurvivalModel;
using v1::SurvivalParameters;

constexpr double kMostPeriodsStayed = 1e9;
constexpr int kMostPeriodsAhead = 10'000;

// A model of durations in the graph. All its tensors are [rows, 1] unless they say otherwise.
struct Survival {
  const Predictor& predictor;
  const OnnxColumns& columns;
  OnnxGraph& graph;
  const SurvivalModel& model = predictor.artifact().survival();
  std::vector<double> horizons = {model.horizons().begin(), model.horizons().end()};
  bool knows_stayed = model.has_duration_feature();

  // How long the customer has stayed; 0 where that is missing.
  OnnxTensor Stayed() const {
    const int column = predictor.encoder().first_column(model.duration_feature());
    return graph.Apply("Max", {OnnxColumn(columns, column, graph), graph.Number(0)});
  }

  OnnxTensor ClippedExp(const OnnxTensor& x, double most) const {
    return graph.Apply("Exp", {graph.Apply("Clip", {x, graph.Number(-most), graph.Number(most)})});
  }

  OnnxTensor LogHazardRatio() const;
  OnnxTensor Baseline() const;
  OnnxTensor CoxRises() const;
  OnnxTensor WeibullRises(const OnnxTensor& log_hazard_ratio) const;
  OnnxTensor RetentionRises() const;
};

// (columns - means) x slopes.
OnnxTensor Survival::LogHazardRatio() const {
  std::vector<double> slopes(model.coefficients().begin(), model.coefficients().end());
  std::vector<double> means(model.column_means().begin(), model.column_means().end());
  for (size_t j = 0; j < slopes.size(); ++j) {
    if (IsAccelerated(model.method())) slopes[j] = -slopes[j] / model.scale();
    if (slopes[j] == 0) means[j] = 0;  // Of a column that is no covariate.
  }
  if (slopes.empty()) {
    slopes.assign(predictor.encoder().num_columns(), 0);
    means = slopes;
  }
  const OnnxTensor deviation = graph.Apply("Sub", {columns.tensor, graph.Row(columns.Arranged(means))});
  const std::vector<double> arranged = columns.Arranged(slopes);
  return graph.Apply("MatMul", {deviation, graph.Numbers(arranged, {std::ssize(arranged), 1})});
}

// COX: int64, which baseline is the row's. Empty: there is one for all.
OnnxTensor Survival::Baseline() const {
  if (!model.has_strata_feature()) return "";
  std::vector<int64_t> of_offset;
  for (const int baseline : ColumnBaselines(predictor.artifact(), predictor.encoder())) of_offset.push_back(baseline);
  of_offset.push_back(0);  // Of no column.
  return graph.LookUp(of_offset, columns.offsets[model.strata_feature()]);
}

// COX: what the baseline hazard rises by, [rows, horizons] or [1, horizons]. It is looked up in a table
// [times + 1, baselines] over the times of all strata.
OnnxTensor Survival::CoxRises() const {
  std::vector<StepHazard> baselines;
  std::vector<double> times;
  for (const auto& baseline : model.baselines()) {
    baselines.emplace_back(baseline);
    times.insert(times.end(), baseline.times().begin(), baseline.times().end());
  }
  if (times.empty()) times.push_back(0);  // No event: it never rises.
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const int64_t strata = std::ssize(baselines), ahead = std::ssize(horizons);
  const OnnxTensor baseline = Baseline();
  if (!knows_stayed) {
    std::vector<double> table;  // [baselines, horizons]
    for (const StepHazard& hazard : baselines) {
      for (const double horizon : horizons) table.push_back(hazard.At(horizon) - hazard.At(0));
    }
    if (baseline.empty()) return graph.Row({table.begin(), table.begin() + ahead});
    const OnnxTensor flat = graph.Apply("Reshape", {baseline, graph.Integers({-1}, {1})});
    return graph.Apply("Gather", {graph.Numbers(table, {strata, ahead}), flat});
  }
  std::vector<double> hazards;
  for (const StepHazard& hazard : baselines) hazards.push_back(hazard.At(0));
  for (const double time : times) {
    for (const StepHazard& hazard : baselines) hazards.push_back(hazard.At(time));
  }
  const auto hazard_after = [&](OnnxTensor passed) {
    passed = graph.Apply("Mul", {passed, graph.Integers({strata}, {})});
    return graph.LookUp(hazards, baseline.empty() ? passed : graph.Apply("Add", {passed, baseline}));
  };
  const OnnxTensor from = Stayed();
  const OnnxTensor to = graph.Apply("Add", {from, graph.Row(horizons)});
  const OnnxTensor each = graph.Apply("Unsqueeze", {to, graph.Integers({2}, {1})});
  const OnnxTensor not_above = graph.ToInteger(graph.Apply("GreaterOrEqual", {each, graph.Row(times)}));
  return graph.Apply(
      "Sub", {hazard_after(graph.Sum(not_above, 2, /*keep=*/false)), hazard_after(graph.CountKnots(from, times))});
}

// WEIBULL, EXPONENTIAL: what the row's own hazard rises by, [rows, horizons].
OnnxTensor Survival::WeibullRises(const OnnxTensor& log_hazard_ratio) const {
  double at_means = model.intercept();
  for (int j = 0; j < model.coefficients_size(); ++j) at_means += model.coefficients(j) * model.column_means(j);
  const OnnxTensor sooner = graph.Apply("Mul", {log_hazard_ratio, graph.Number(model.scale())});
  const OnnxTensor log_scale = graph.Apply("Clip", {graph.Apply("Sub", {graph.Number(at_means), sooner}),
                                                    graph.Number(-kLargestLogTime), graph.Number(kLargestLogTime)});
  const auto hazard = [&](const OnnxTensor& time) {
    const OnnxTensor log_ratio = graph.Apply("Sub", {graph.Apply("Log", {time}), log_scale});
    return ClippedExp(graph.Apply("Mul", {log_ratio, graph.Number(1 / model.scale())}), kLargestLogTime);
  };
  if (!knows_stayed) return hazard(graph.Row(horizons));
  const OnnxTensor from = Stayed();
  const OnnxTensor rise = graph.Apply("Sub", {hazard(graph.Apply("Add", {from, graph.Row(horizons)})), hazard(from)});
  return graph.Apply("Max", {rise, graph.Number(0)});
}

// BETA_GEOMETRIC: -log of the product of the retention rates (beta + n) / (alpha + beta + n) of the periods n from the
// present one to each horizon, [rows, horizons].
OnnxTensor Survival::RetentionRises() const {
  const int periods = static_cast<int>(horizons.back());
  std::vector<double> ahead, within(periods * horizons.size(), 0);  // [periods], [periods, horizons] of 0 and -1.
  for (int n = 0; n < periods; ++n) {
    ahead.push_back(n);
    for (size_t h = 0; h < horizons.size(); ++h) {
      if (n < std::floor(horizons[h])) within[n * horizons.size() + h] = -1;
    }
  }
  OnnxTensor period = graph.Row(ahead);
  if (knows_stayed) {
    const OnnxTensor stayed = graph.Apply("Floor", {graph.Apply("Min", {Stayed(), graph.Number(kMostPeriodsStayed)})});
    period = graph.Apply("Add", {stayed, period});
  }
  const OnnxTensor log_rates = graph.Apply(
      "Log", {graph.Apply("Div", {graph.Apply("Add", {period, graph.Number(model.beta())}),
                                  graph.Apply("Add", {period, graph.Number(model.alpha() + model.beta())})})});
  return graph.Apply("MatMul", {log_rates, graph.Numbers(within, {periods, std::ssize(horizons)})});
}

}  // namespace

// As SurvivalPredictor: survival is exp(-ratio x what the hazard rises by from the time stayed to the horizon).
absl::Status AddOnnxSurvival(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const Survival survival{predictor, columns, graph};
  const SurvivalModel& model = survival.model;
  const bool retention = model.method() == SurvivalParameters::METHOD_BETA_GEOMETRIC;
  if (retention && !survival.horizons.empty() && !(survival.horizons.back() <= kMostPeriodsAhead)) {
    return Error(absl::StatusCode::kUnimplemented, ErrorReason::kUnimplemented,
                 absl::StrCat("a horizon of more than ", kMostPeriodsAhead,
                              " periods has no ONNX form: each is one step of the graph"));
  }
  const OnnxTensor fit = survival.LogHazardRatio();
  const OnnxTensor ratio = survival.ClippedExp(fit, kLargestLogHazardRatio);
  graph.Output("hazard_ratio", ratio, OnnxType::kNumber, 1, "Against the average customer");
  if (survival.horizons.empty()) return absl::OkStatus();
  OnnxTensor rises;
  if (model.method() == SurvivalParameters::METHOD_COX) {
    rises = graph.Apply("Mul", {ratio, survival.CoxRises()});
  } else if (retention) {
    // The same of everybody where the time stayed is not known; the ratio, which is 1, gives it the rows.
    rises = graph.Apply("Mul", {ratio, survival.RetentionRises()});
  } else {
    rises = survival.WeibullRises(fit);
  }
  graph.Output("survival", graph.Apply("Exp", {graph.Apply("Neg", {rises})}), OnnxType::kNumber, model.horizons_size(),
               absl::StrCat("Chance to stay so long from now: ", absl::StrJoin(survival.horizons, ", "), " ",
                            model.duration_unit()));
  return absl::OkStatus();
}

}  // namespace clientele::model
