#include "services/training/jobs/job_metrics.h"

#include <string>
#include <vector>

#include "common/base/timestamps.h"
#include "services/training/jobs/job_state.h"

namespace clientele::training {
namespace {

using v1::TrainingJob;

constexpr char kJobs[] = "clientele_training_jobs";
constexpr char kJobsHelp[] = "Training jobs that wait or run.";
const std::vector<double>& DurationBounds() {
  static const std::vector<double> bounds = {0.1, 0.3, 1, 3, 10, 30, 100, 300, 1'000, 3'000, 10'000};
  return bounds;
}

}  // namespace

JobMetrics::JobMetrics(observability::Metrics& metrics)
    : queued_(metrics.Gauge(kJobs, kJobsHelp, {{"state", "queued"}})),
      running_(metrics.Gauge(kJobs, kJobsHelp, {{"state", "running"}})),
      metrics_(metrics) {}

void JobMetrics::OnChange(const TrainingJob& job, TrainingJob::State before) {
  if (before == TrainingJob::STATE_QUEUED) queued_.Decrement();
  if (before == TrainingJob::STATE_RUNNING) running_.Decrement();
  if (job.state() == TrainingJob::STATE_QUEUED) queued_.Increment();
  if (job.state() == TrainingJob::STATE_RUNNING) {
    running_.Increment();
    const absl::Duration waited = FromProto(job.start_time()) - FromProto(job.create_time());
    metrics_
        .Histogram("clientele_training_job_wait_seconds", "Time from a job's creation to its start.", DurationBounds())
        .Observe(absl::ToDoubleSeconds(waited));
  }
  if (!HasEnded(job.state())) return;
  const observability::Labels labels = {{"state", std::string(JobStateName(job.state()))}};
  metrics_.Counter("clientele_training_jobs_ended_total", "Training jobs by how they ended.", labels).Increment();
  if (!job.has_start_time()) return;
  metrics_
      .Histogram("clientele_training_job_duration_seconds", "Time from a job's start to its end.", DurationBounds(),
                 labels)
      .Observe(absl::ToDoubleSeconds(FromProto(job.end_time()) - FromProto(job.start_time())));
}

}  // namespace clientele::training
