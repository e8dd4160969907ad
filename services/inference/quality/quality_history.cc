#include "services/inference/quality/quality_history.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/statistics/share_interval.h"
#include "services/inference/card/metrics.h"
#include "services/inference/quality/verdict.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::Evaluation;
using clientele::model::v1::ModelCard;
using v1::OutcomeReport;
using v1::QualityMeasure;
using v1::QualityQuarter;
using v1::QualityTarget;

constexpr double kAccuracy = 0.8;
constexpr double kGain = 0.05;

absl::string_view DefaultMetric(const Evaluation& evaluation) {
  if (evaluation.has_value()) return "normalised_gini";
  if (evaluation.has_survival()) return "concordance";
  if (evaluation.has_clusters()) return "silhouette";
  return evaluation.has_rfm() ? "top_segment_value_share" : "accuracy";
}

std::optional<ModelCard::CardMetric> FindMetric(const Evaluation& evaluation, absl::string_view name) {
  for (auto& metric : CardMetrics(evaluation)) {
    if (metric.metric() == name) return std::move(metric);
  }
  return std::nullopt;
}

bool Has(const std::map<int64_t, v1::ModelVersion>& versions, absl::string_view metric) {
  return std::any_of(versions.begin(), versions.end(), [&](const auto& version) {
    return FindMetric(version.second.evaluation(), metric).has_value();
  });
}

bool IsLowerBetter(const std::map<int64_t, v1::ModelVersion>& versions, absl::string_view name) {
  for (const auto& [number, version] : versions) {
    const auto metric = FindMetric(version.evaluation(), name);
    if (metric.has_value()) return metric->lower_is_better();
  }
  return false;
}

// Which version was the champion from when to when, within the quarter.
void AddTerms(const QualityFacts& facts, const QualityTarget& target, const Quarter& quarter, QualityQuarter& told) {
  const absl::Time end = std::min(quarter.end, facts.now);
  for (size_t i = 0; i < facts.champion.size(); ++i) {
    const absl::Time from = std::max(facts.champion[i].time, quarter.start);
    const absl::Time until = i + 1 < facts.champion.size() ? std::min(facts.champion[i + 1].time, end) : end;
    const auto version = facts.versions.find(facts.champion[i].to_version);
    if (from >= until || version == facts.versions.end()) continue;
    QualityQuarter::ChampionTerm& term = *told.add_champions();
    term.set_model_version(version->second.name());
    *term.mutable_start_time() = ToProto(from);
    *term.mutable_end_time() = ToProto(until);
    const auto measure = MeasureOf(version->second.evaluation(), target.metric());
    if (measure.has_value()) *term.mutable_holdout() = *measure;
  }
}

// Of realised measures that have the card's names; NaN: it is none.
double ValueIn(const OutcomeReport::Realised& realised, absl::string_view metric) {
  if (metric == "auc") return realised.auc();
  if (metric == "brier") return realised.brier();
  if (metric == "log_loss") return realised.log_loss();
  if (metric == "rmse") return realised.rmse();
  return metric == "spearman" ? realised.rank_correlation() : std::nan("");
}

std::optional<QualityMeasure> PooledAccuracy(const std::vector<const OutcomeReport::Realised*>& rows) {
  double right = 0, all = 0;
  for (const OutcomeReport::Realised* row : rows) {
    if (std::isnan(row->accuracy())) return std::nullopt;
    right += row->accuracy() * static_cast<double>(row->scores());
    all += static_cast<double>(row->scores());
  }
  const statistics::ShareInterval interval = statistics::IntervalOfShare(right, all);
  QualityMeasure measure;
  measure.set_value(right / all);
  measure.set_lower(interval.lower);
  measure.set_upper(interval.upper);
  measure.set_rows(static_cast<int64_t>(all));
  return measure;
}

QualityQuarter DescribeQuarter(const QualityFacts& facts, const QualityTarget& target, size_t i) {
  const Quarter& quarter = facts.quarters[i];
  QualityQuarter told;
  told.set_quarter(quarter.name);
  *told.mutable_start_time() = ToProto(quarter.start);
  *told.mutable_end_time() = ToProto(quarter.end);
  for (const auto& [number, version] : facts.versions) {
    const absl::Time published = FromProto(version.create_time());
    if (published >= quarter.start && published < quarter.end) told.add_published_versions(version.name());
  }
  AddTerms(facts, target, quarter, told);
  if (told.champions().empty()) return told;
  const QualityQuarter::ChampionTerm& last = *told.champions().rbegin();
  if (last.has_holdout()) *told.mutable_holdout() = last.holdout();
  if (i >= facts.outcomes.size()) return told;
  std::vector<std::string> champions;
  for (const auto& term : told.champions()) champions.push_back(term.model_version());
  const auto realised = RealisedMeasure(facts.outcomes[i], target.metric(), champions);
  if (realised.has_value()) *told.mutable_realised() = *realised;
  return told;
}

}  // namespace

absl::StatusOr<QualityTarget> CompleteTarget(const QualityTarget& asked,
                                             const std::map<int64_t, v1::ModelVersion>& versions) {
  QualityTarget target = asked;
  if (versions.empty()) return target;
  const Evaluation& newest = versions.rbegin()->second.evaluation();
  if (target.metric().empty()) target.set_metric(std::string(DefaultMetric(newest)));
  if (!Has(versions, target.metric())) {
    std::vector<std::string> known;
    for (const auto& metric : CardMetrics(newest)) known.push_back(metric.metric());
    return InvalidField("target.metric", absl::StrCat("\"", target.metric(), "\" is not one of the newest version's: ",
                                                      absl::StrJoin(known, ", ")));
  }
  if (!target.has_level() && target.metric() == "accuracy") target.set_level(kAccuracy);
  if (!target.has_gain()) target.set_gain(kGain);
  if (!std::isfinite(target.level())) return InvalidField("target.level", "is no number");
  if (!std::isfinite(target.gain())) return InvalidField("target.gain", "is no number");
  return target;
}

std::optional<QualityMeasure> MeasureOf(const Evaluation& evaluation, absl::string_view metric) {
  const auto found = FindMetric(evaluation, metric);
  if (!found.has_value()) return std::nullopt;
  QualityMeasure measure;
  measure.set_value(found->value());
  if (found->has_lower()) measure.set_lower(found->lower());
  if (found->has_upper()) measure.set_upper(found->upper());
  measure.set_rows(evaluation.holdout_rows());
  return measure;
}

std::optional<QualityMeasure> RealisedMeasure(const OutcomeReport& report, absl::string_view metric,
                                              const std::vector<std::string>& champions) {
  std::vector<const OutcomeReport::Realised*> rows;
  for (const auto& realised : report.realised()) {
    const bool is_champion = std::find(champions.begin(), champions.end(), realised.model_version()) != champions.end();
    if (is_champion && realised.scores() > 0) rows.push_back(&realised);
  }
  if (rows.empty()) return std::nullopt;
  if (metric == "accuracy") return PooledAccuracy(rows);
  const OutcomeReport::Realised& most = **std::max_element(
      rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->scores() < b->scores(); });
  if (!std::isfinite(ValueIn(most, metric))) return std::nullopt;
  QualityMeasure measure;
  measure.set_value(ValueIn(most, metric));
  measure.set_rows(most.scores());
  if (metric == "auc" && std::isfinite(most.auc_lower())) {
    measure.set_lower(most.auc_lower());
    measure.set_upper(most.auc_upper());
  }
  return measure;
}

v1::QualityHistory MakeQualityHistory(const QualityFacts& facts, const QualityTarget& target) {
  v1::QualityHistory history;
  *history.mutable_target() = target;
  history.set_lower_is_better(IsLowerBetter(facts.versions, target.metric()));
  for (size_t i = 0; i < facts.quarters.size(); ++i) *history.add_quarters() = DescribeQuarter(facts, target, i);
  for (int i = 0; i < history.quarters_size(); ++i) {
    const bool has_before = i + 1 < history.quarters_size();
    JudgeQuarter(target, history.lower_is_better(), has_before ? &history.quarters(i + 1) : nullptr,
                 *history.mutable_quarters(i));
  }
  return history;
}

}  // namespace clientele::inference
