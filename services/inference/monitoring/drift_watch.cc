#include "services/inference/monitoring/drift_watch.h"

#include "common/observability/log.h"

namespace clientele::inference {
namespace {

constexpr char kScore[] = "score";

prometheus::Gauge& MakeGauge(observability::Metrics& metrics, const std::string& part) {
  return metrics.Gauge("clientele_inference_large_drifts",
                       "Features, or scores, of versions in service that have drifted far from their training.",
                       {{"part", part}});
}

void LogChange(const std::string& version, const DriftChange& change) {
  observability::Log(change.is_large ? observability::LogLevel::kWarn : observability::LogLevel::kInfo,
                     change.is_large ? "drift is large" : "drift is no longer large",
                     {{"version", version},
                      {"feature", change.feature},
                      {"population_stability_index", change.population_stability_index}});
}

}  // namespace

DriftWatch::DriftWatch(observability::Metrics& metrics)
    : large_features_(MakeGauge(metrics, "feature")), large_scores_(MakeGauge(metrics, kScore)) {}

std::vector<DriftChange> DriftWatch::Look(const v1::DriftReport& report) {
  std::vector<DriftChange> changes;
  const auto look = [&](const v1::FeatureDrift& drift, prometheus::Gauge& gauge) {
    const bool is_large = drift.drifted() && drift.level() == v1::FeatureDrift::LEVEL_LARGE;
    const std::pair<std::string, std::string> key(report.model_version(), drift.feature());
    const bool changed = is_large ? large_.insert(key).second : large_.erase(key) > 0;
    if (!changed) return;
    gauge.Increment(is_large ? 1 : -1);
    changes.push_back({drift.feature(), is_large, drift.population_stability_index()});
    LogChange(report.model_version(), changes.back());
  };
  for (const v1::FeatureDrift& drift : report.features()) look(drift, large_features_);
  if (report.has_score()) look(report.score(), large_scores_);
  return changes;
}

void DriftWatch::Forget(const std::string& version) {
  for (auto it = large_.lower_bound({version, ""}); it != large_.end() && it->first == version; it = large_.erase(it)) {
    (it->second == kScore ? large_scores_ : large_features_).Increment(-1);
  }
}

}  // namespace clientele::inference
