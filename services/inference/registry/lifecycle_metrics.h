// What an operator sees of the lifecycle of model versions.
#pragma once

#include <cstdint>
#include <map>

#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/observability/metrics.h"

namespace clientele::inference {

// Thread-safe. `metrics` outlives it.
class LifecycleMetrics {
 public:
  explicit LifecycleMetrics(observability::Metrics& metrics);

  // How many versions there are in each state; a state that is absent has none.
  void SetVersions(const std::map<v1::ModelVersion::State, int64_t>& counts);
  void CountLoad(bool ok, absl::Duration duration);

 private:
  std::map<v1::ModelVersion::State, prometheus::Gauge*> versions_;
  prometheus::Counter& loaded_;
  prometheus::Counter& failed_;
  prometheus::Histogram& seconds_;
};

}  // namespace clientele::inference
