// What Prometheus sees of the jobs.
#pragma once

#include "clientele/training/v1/training_service.pb.h"
#include "common/observability/metrics.h"

namespace clientele::training {

// Thread-compatible: the job manager does not call it concurrently. `metrics` must outlive it.
class JobMetrics {
 public:
  explicit JobMetrics(observability::Metrics& metrics);

  // For every change of state; `before` is UNSPECIFIED for a job that is new to this process.
  void OnChange(const v1::TrainingJob& job, v1::TrainingJob::State before);

 private:
  prometheus::Gauge& queued_;
  prometheus::Gauge& running_;
  observability::Metrics& metrics_;
};

}  // namespace clientele::training
