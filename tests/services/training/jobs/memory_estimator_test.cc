#include "services/training/jobs/memory_estimator.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/manual_clock.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using v1::TrainingJob;

TrainingJob Job(const std::string& model = "churn", int features = 10) {
  TrainingJob job;
  job.set_name("tenants/acme/trainingJobs/j");
  job.set_state(TrainingJob::STATE_SUCCEEDED);
  job.mutable_spec()->set_model(model);
  job.mutable_spec()->mutable_logistic_regression();
  auto& dataset = *job.mutable_spec()->mutable_dataset();
  for (int i = 0; i < features; ++i) dataset.add_features(absl::StrCat("f", i));
  dataset.mutable_label()->mutable_no_purchase_within()->set_days(90);
  return job;
}

class MemoryEstimatorTest : public ::testing::Test {
 protected:
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  absl::StatusOr<int64_t> customers_ = 1'000'000;
  int asked_ = 0;
  MemoryEstimator estimator_{[this](const TenantId&) {
                               ++asked_;
                               return customers_;
                             },
                             RankLayout(), int64_t{8} << 30, clock_, metrics_};
};

TEST_F(MemoryEstimatorTest, EstimatesForAllCustomersOfTheTenant) {
  const MemoryNeed need = estimator_.Of(Job());
  EXPECT_EQ(need.bytes, EstimateJobMemory(Job().spec(), 1'000'000, {}));
  EXPECT_EQ(need.least, LeastJobMemory(Job().spec(), 1'000'000, {}));
  EXPECT_EQ(need.basis, "1000000 customers, 11 columns");
}

TEST_F(MemoryEstimatorTest, OfConditionsNobodyKnowsWhatTheyLeave) {
  TrainingJob job = Job();
  job.mutable_spec()->mutable_dataset()->add_where()->set_feature("purchases_365d");
  EXPECT_EQ(estimator_.Of(job).least, 0);
  EXPECT_EQ(estimator_.Of(job).bytes, estimator_.Of(Job()).bytes);
}

TEST_F(MemoryEstimatorTest, CustomersAreCountedOnceAMinute) {
  const int64_t before = estimator_.Of(Job()).bytes;
  customers_ = 2'000'000;
  EXPECT_EQ(estimator_.Of(Job()).bytes, before);
  EXPECT_EQ(asked_, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_GT(estimator_.Of(Job()).bytes, before);
  EXPECT_EQ(asked_, 2);
}

TEST_F(MemoryEstimatorTest, WithoutIngestionItIsAGuessThatRefusesNobody) {
  customers_ = absl::UnavailableError("ingestion is away");
  const MemoryNeed need = estimator_.Of(Job());
  EXPECT_EQ(need.bytes, EstimateJobMemory(Job().spec(), 100'000, {}));
  EXPECT_EQ(need.least, 0);
  EXPECT_THAT(need.basis, HasSubstr("customers not known"));
  (void)estimator_.Of(Job());
  EXPECT_EQ(asked_, 1) << "who is away is not asked for each job";
}

TEST_F(MemoryEstimatorTest, TheLastJobOfAModelTellsMore) {
  const MemoryNeed first = estimator_.Of(Job());
  estimator_.OnMeasured(Job(), first, 200 << 20, /*outgrew=*/false);
  EXPECT_EQ(estimator_.Of(Job()).bytes, 250 << 20);
  EXPECT_EQ(estimator_.Of(Job()).least, 0);
  EXPECT_THAT(estimator_.Of(Job()).basis, HasSubstr("last job took 200.0 MiB"));
  customers_ = 3'000'000;
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(estimator_.Of(Job()).bytes, 750 << 20) << "there are three times as many";
  // On another day and from another seed the same is learnt.
  TrainingJob later = Job();
  later.mutable_spec()->mutable_dataset()->mutable_as_of()->set_seconds(1);
  later.mutable_spec()->set_seed(9);
  EXPECT_EQ(estimator_.Of(later).bytes, 750 << 20);
  EXPECT_NE(estimator_.Of(Job("churn", 11)).bytes, 750 << 20) << "it reads something else";
  EXPECT_NE(estimator_.Of(Job("other")).bytes, 750 << 20);
}

TEST_F(MemoryEstimatorTest, OfOneThatFailedNobodyKnowsWhatItWouldHaveTaken) {
  const MemoryNeed first = estimator_.Of(Job());
  TrainingJob failed = Job();
  failed.set_state(TrainingJob::STATE_FAILED);
  estimator_.OnMeasured(failed, first, 200 << 20, /*outgrew=*/true);
  EXPECT_EQ(estimator_.Of(Job()).bytes, first.bytes);
}

TEST_F(MemoryEstimatorTest, PrometheusSeesEstimatesBesideWhatWasTaken) {
  estimator_.OnReserved(300);
  estimator_.OnMeasured(Job(), {.bytes = 1000}, 800, /*outgrew=*/false);
  estimator_.OnMeasured(Job(), {.bytes = 1000}, 1200, /*outgrew=*/true);
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("clientele_training_memory_budget_bytes 8589934592"));
  EXPECT_THAT(text, HasSubstr("clientele_training_memory_reserved_bytes 300"));
  EXPECT_THAT(text, HasSubstr("clientele_training_job_memory_ratio_bucket{le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("clientele_training_job_memory_ratio_sum 2"));
  EXPECT_THAT(text, HasSubstr("clientele_training_jobs_outgrew_memory_total 1"));
}

}  // namespace
}  // namespace clientele::training
