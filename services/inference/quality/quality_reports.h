// Reads what quality_history.h needs: the registry, the journal, the tenant's time zone, and outcomes.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/inference/v1/quality_service.pb.h"
#include "common/base/clock.h"
#include "common/rpc/call.h"
#include "services/inference/monitoring/reports.h"
#include "services/inference/quality/quality_history.h"
#include "services/inference/quality/time_zone_source.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-safe. All it is given outlives it.
class QualityReports {
 public:
  QualityReports(const Registry& registry, const Reports& reports, TimeZoneSource& time_zones, const Clock& clock)
      : registry_(registry), reports_(reports), time_zones_(time_zones), clock_(clock) {}

  // NOT_FOUND (MODEL_NOT_FOUND); INVALID_ARGUMENT (INVALID_FIELD); errors of the TimeZoneSource, of Reports::Outcomes
  // but for FAILED_PRECONDITION, where outcomes cannot judge the model, and of the registry's store. Blocks.
  absl::StatusOr<v1::QualityHistory> Get(const rpc::Call& call, const v1::GetQualityHistoryRequest& request) const;

 private:
  // Also those that were deleted.
  absl::StatusOr<std::map<int64_t, v1::ModelVersion>> ReadVersions(const ModelName& name) const;
  absl::StatusOr<std::vector<v1::OutcomeReport>> ReadOutcomes(const rpc::Call& call, const std::string& model,
                                                              const std::vector<Quarter>& quarters) const;

  const Registry& registry_;
  const Reports& reports_;
  TimeZoneSource& time_zones_;
  const Clock& clock_;
};

}  // namespace clientele::inference
