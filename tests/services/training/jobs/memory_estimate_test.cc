#include "services/training/jobs/memory_estimate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;

constexpr int64_t kEmpty = 40 << 20;
constexpr int64_t kMpiOfOne = 32 << 20;  // Of mpirun and a rank.

TrainingSpec Spec(int features, int auxiliary = 0) {
  TrainingSpec spec;
  auto& dataset = *spec.mutable_dataset();
  for (int i = 0; i < features; ++i) dataset.add_features(absl::StrCat("f", i));
  for (int i = 0; i < auxiliary; ++i) dataset.add_auxiliary_features(absl::StrCat("a", i));
  dataset.mutable_label()->mutable_no_purchase_within()->set_days(90);
  spec.mutable_logistic_regression();
  return spec;
}

TEST(MemoryEstimateTest, IsLinearInRowsAboveAnEmptyProcess) {
  const int64_t none = EstimateJobMemory(Spec(20), 0, {});
  const int64_t once = EstimateJobMemory(Spec(20), 1'000'000, {}) - none;
  EXPECT_EQ(none, kEmpty);
  EXPECT_NEAR(EstimateJobMemory(Spec(20), 5'000'000, {}) - none, 5.0 * once, 16);
}

TEST(MemoryEstimateTest, GrowsWithWhatIsRead) {
  const int64_t rows = 1'000'000;
  const int64_t plain = EstimateJobMemory(Spec(20), rows, {});
  EXPECT_GT(EstimateJobMemory(Spec(21), rows, {}), EstimateJobMemory(Spec(20, 1), rows, {}));
  EXPECT_GT(EstimateJobMemory(Spec(20, 1), rows, {}), plain) << "auxiliary columns are read, and not learnt from";
  TrainingSpec more = Spec(20);
  more.mutable_dataset()->add_auxiliary_labels()->mutable_spend_within()->set_days(90);
  EXPECT_GT(EstimateJobMemory(more, rows, {}), plain);
  EXPECT_EQ(ColumnsOf(more), 22);
  TrainingSpec all = Spec(20);
  all.mutable_split()->mutable_hash()->set_train_share(0.99);
  EXPECT_GT(EstimateJobMemory(all, rows, {}), plain);
}

TEST(MemoryEstimateTest, EveryAlgorithmTakesSomethingOfItsOwn) {
  const TrainingSpec base = Spec(20);
  const int64_t dataset = 1'000'000 * (4 * 20 + 8);  // Before ids, and whatever is learnt.
  const auto* oneof = TrainingSpec::descriptor()->FindOneofByName("algorithm");
  for (int i = 0; i < oneof->field_count(); ++i) {
    TrainingSpec spec = base;
    spec.GetReflection()->MutableMessage(&spec, oneof->field(i));
    EXPECT_GT(EstimateJobMemory(spec, 1'000'000, {}), kEmpty + dataset) << oneof->field(i)->name();
  }
}

// What clientele-trainer held at most, in MiB, of rows that a program made up: less than was estimated, but not by far.
TEST(MemoryEstimateTest, IsAboveWhatWasMeasured) {
  const auto estimate = [](TrainingSpec spec, int64_t rows) { return EstimateJobMemory(spec, rows, {}) >> 20; };
  TrainingSpec churn = Spec(30), segments = Spec(7), rfm = Spec(3, 3), survival = Spec(6, 1), value = Spec(20);
  TrainingSpec lifetime = Spec(5, 1);
  lifetime.mutable_lifetime_value();
  lifetime.mutable_dataset()->add_auxiliary_labels()->mutable_purchases_within()->set_days(180);
  segments.mutable_kmeans();
  segments.mutable_split()->set_none(true);
  segments.mutable_dataset()->clear_label();
  rfm.mutable_rfm();
  rfm.mutable_dataset()->clear_label();
  survival.mutable_survival();
  survival.mutable_dataset()->clear_label();
  value.mutable_value_regression();
  const struct {
    const TrainingSpec& spec;
    int64_t rows, measured;
  } cases[] = {{churn, 2'560, 31},    {churn, 102'400, 56},    {churn, 512'000, 128},
               {segments, 256'000, 46}, {rfm, 307'200, 90},    {survival, 102'400, 84}, {survival, 307'200, 165},
               {value, 102'400, 46},  {value, 307'200, 68},
               {lifetime, 102'400, 69}, {lifetime, 512'000, 186}};
  for (const auto& each : cases) {
    EXPECT_GT(estimate(each.spec, each.rows), each.measured) << each.rows;
    EXPECT_LT(estimate(each.spec, each.rows), 2 * each.measured) << each.rows;
    EXPECT_LT(LeastJobMemory(each.spec, each.rows, {}) >> 20, each.measured) << each.rows;
  }
}

TEST(MemoryEstimateTest, IsAboveWhatTwoRanksTook) {
  TrainingSpec segments = Spec(7), rfm = Spec(3, 3);
  segments.mutable_kmeans();
  segments.mutable_split()->set_none(true);
  rfm.mutable_rfm();
  segments.mutable_dataset()->clear_label();
  rfm.mutable_dataset()->clear_label();
  const RankLayout two = {.ranks = 2, .ranks_here = 2};
  const struct {
    const TrainingSpec& spec;
    int64_t rows, measured;
  } cases[] = {{segments, 2'560, 96}, {segments, 256'000, 120}, {rfm, 256'000, 129}};
  for (const auto& each : cases) {
    EXPECT_GT(EstimateJobMemory(each.spec, each.rows, two) >> 20, each.measured) << each.rows;
    EXPECT_LT(EstimateJobMemory(each.spec, each.rows, two) >> 20, 2 * each.measured) << each.rows;
  }
}

TEST(MemoryEstimateTest, RanksDivideTheRows) {
  const int64_t rows = 10'000'000;
  const int64_t alone = EstimateJobMemory(Spec(20), rows, {});
  const int64_t first_of_four = EstimateJobMemory(Spec(20), rows, {.ranks = 4, .ranks_here = 1});
  EXPECT_NEAR(first_of_four, kEmpty + kMpiOfOne + (alone - kEmpty) / 4, 16);
  // On one machine each is a process; the rows are there once.
  const int64_t four = EstimateJobMemory(Spec(20), rows, {.ranks = 4, .ranks_here = 4});
  EXPECT_GT(four, alone + 3 * kEmpty);
  EXPECT_LT(four, alone + 4 * (kEmpty + kMpiOfOne));
  // What learns on the first rank alone is there as a whole, beside the part of that rank.
  TrainingSpec survival = Spec(20);
  survival.mutable_survival();
  EXPECT_GT(EstimateJobMemory(survival, rows, {.ranks = 4, .ranks_here = 1}),
            EstimateJobMemory(survival, rows, {}) + kMpiOfOne);
}

TEST(MemoryEstimateTest, ConditionsAndThePastLeaveCustomersOut) {
  v1::TrainingJob job;
  *job.mutable_spec() = Spec(3);
  *job.mutable_create_time() = ToProto(absl::FromUnixSeconds(1'700'000'000));
  EXPECT_TRUE(TakesAllCustomers(job));
  auto& dataset = *job.mutable_spec()->mutable_dataset();
  *dataset.mutable_as_of() = ToProto(absl::FromUnixSeconds(1'700'000'000) - absl::Hours(24 * 90));
  EXPECT_TRUE(TakesAllCustomers(job));
  *dataset.mutable_as_of() = ToProto(absl::FromUnixSeconds(1'700'000'000) - absl::Hours(24 * 100));
  EXPECT_FALSE(TakesAllCustomers(job));
  dataset.clear_as_of();
  dataset.add_where()->set_feature("f0");
  EXPECT_FALSE(TakesAllCustomers(job));
  dataset.clear_where();
  dataset.mutable_label()->mutable_attribute()->set_attribute("left");
  EXPECT_FALSE(TakesAllCustomers(job)) << "who has no such attribute is no row";
}

}  // namespace
}  // namespace clientele::training
