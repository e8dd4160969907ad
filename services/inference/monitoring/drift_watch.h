// Says when what is scored drifts away from what was trained on: a line in the log when a feature, or the score,
// comes to a large drift or leaves it, and metrics.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/observability/metrics.h"

namespace clientele::inference {

inline constexpr int kDriftWatchDays = 7;  // So many days up to now are looked at together.
inline constexpr double kDefaultFalseDiscoveryRate = 0.05;

// What crossed the line between two looks at one version.
struct DriftChange {
  std::string feature;  // Or "score".
  bool is_large = false;
  double population_stability_index = 0;
};

// One thread.
class DriftWatch {
 public:
  explicit DriftWatch(observability::Metrics& metrics);

  // Looks at a version's report (its name in report.model_version), logs and returns what changed since the look
  // before. Only drift that is significant counts.
  std::vector<DriftChange> Look(const v1::DriftReport& report);
  // It is no longer in service.
  void Forget(const std::string& version);

 private:
  prometheus::Gauge& large_features_;  // Over all versions.
  prometheus::Gauge& large_scores_;
  std::set<std::pair<std::string, std::string>> large_;  // Version and feature.
};

}  // namespace clientele::inference
