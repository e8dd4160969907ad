#include "services/training/jobs/job_metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using v1::TrainingJob;

TEST(JobMetricsTest, CountsJobsByStateAndHowLongTheyTook) {
  observability::Metrics metrics;
  JobMetrics jobs(metrics);
  TrainingJob job;
  job.mutable_create_time()->set_seconds(100);
  const auto change = [&](TrainingJob::State to) {
    const TrainingJob::State before = job.state();
    job.set_state(to);
    jobs.OnChange(job, before);
  };
  change(TrainingJob::STATE_QUEUED);
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_jobs{state=\"queued\"} 1"));
  job.mutable_start_time()->set_seconds(102);
  change(TrainingJob::STATE_RUNNING);
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_jobs{state=\"queued\"} 0"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_jobs{state=\"running\"} 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_job_wait_seconds_sum 2"));
  job.mutable_end_time()->set_seconds(109);
  change(TrainingJob::STATE_FAILED);
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_jobs{state=\"running\"} 0"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_jobs_ended_total{state=\"failed\"} 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("clientele_training_job_duration_seconds_sum{state=\"failed\"} 7"));
}

}  // namespace
}  // namespace clientele::training
