// The reports on models in service: reads the score log and asks what became of customers; pure functions do the rest.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/base/clock.h"
#include "common/rpc/call.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/label_source.h"
#include "services/inference/monitoring/shadow_scorer.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-safe. Where there is more in the log than a report can hold, it is made of a part of the customers.
// Errors of every call: NOT_FOUND (MODEL_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD), those of the log.
class Reports {
 public:
  // All must outlive it.
  Reports(const Registry& registry, const storage::ScoreLog& log, const ShadowScorer& shadow, LabelSource& labels,
          const Clock& clock)
      : registry_(registry), log_(log), shadow_(shadow), labels_(labels), clock_(clock) {}

  absl::StatusOr<v1::ShadowReport> Shadow(const v1::GetShadowReportRequest& request) const;
  // Judges the versions that learn the champion's label. FAILED_PRECONDITION (DATA_NOT_READY): it learns none, or
  // none of one number, so that outcomes cannot say how good it is. Also errors of the LabelSource. Blocks.
  absl::StatusOr<v1::OutcomeReport> Outcomes(const rpc::Call& call, const v1::GetOutcomeReportRequest& request) const;
  // FAILED_PRECONDITION (VERSION_NOT_AVAILABLE).
  absl::StatusOr<v1::DriftReport> Drift(const v1::GetDriftReportRequest& request) const;

 private:
  const Registry& registry_;
  const storage::ScoreLog& log_;
  const ShadowScorer& shadow_;
  LabelSource& labels_;
  const Clock& clock_;
};

}  // namespace clientele::inference
