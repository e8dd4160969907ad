// How good scores that were served turned out to be, from the scores and what became of the customers. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/base/resource_name.h"
#include "common/storage/score_log.h"

namespace clientele::inference {

// Of each customer, version and arm the first score, and then the first that comes a window or more after the last
// one kept: the windows of what is judged do not overlap, so that no outcome counts twice. A window of 0: one for
// ever. `scores` are by time; so is what comes back.
std::vector<storage::LoggedScore> OnePerWindow(const std::vector<storage::LoggedScore>& scores, absl::Duration window);

struct JudgedScore {
  int64_t version = 0;
  std::string arm;
  double score = 0;
  double outcome = 0;
  bool called = false;  // A classifier's decision, at its threshold.
};

// What is known of the model beside its scores.
struct JudgedModel {
  ModelName name;
  bool is_classifier = false;              // Outcomes are then 0 or 1, scores probabilities; else both are values.
  std::map<int64_t, double> trained_auc;   // By version.
  std::string champion_arm;                // Others are compared with it.
};

// `scores` in the order of time. Without label, scores and pending. Cost: O(n log n).
v1::OutcomeReport MakeOutcomeReport(const JudgedModel& model, const std::vector<JudgedScore>& scores);

}  // namespace clientele::inference
