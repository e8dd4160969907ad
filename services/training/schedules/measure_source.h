// The seam to what inference measures of models in service.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"

namespace clientele::training {

// Thread-safe. Errors of every call: inference's; UNAVAILABLE, DEADLINE_EXCEEDED: it cannot be told for now.
class MeasureSource {
 public:
  virtual ~MeasureSource() = default;

  // The version that serves; nothing where the model has none.
  virtual absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId& tenant,
                                                                              absl::string_view model,
                                                                              const StopToken& stop) = 0;
  // Of the version of that name and what it scored from `since` on.
  virtual absl::StatusOr<inference::v1::DriftReport> Drift(absl::string_view version, absl::Time since,
                                                           const StopToken& stop) = 0;
  // Of the model's scores from `since` on.
  virtual absl::StatusOr<inference::v1::OutcomeReport> Outcomes(const TenantId& tenant, absl::string_view model,
                                                                absl::Time since, const StopToken& stop) = 0;
};

}  // namespace clientele::training
