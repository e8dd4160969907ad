// The promise of many machines: the same artifact, bit for bit, for any number of ranks and threads, from every
// learner; also where a run was cut short and others went on from what it had left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/training/learners/random.h"
#include "tests/services/training/ranks/rank_threads.h"
#include "tests/services/training/rfm/tables.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using testutil::Labelled;
using testutil::RankOptions;
using testutil::TrainOnRanks;

struct Learning {
  std::vector<Dataset> datasets;
  TrainingSpec spec;
};

struct Case {
  std::string name;
  std::function<Learning()> make;
  bool goes_on = true;  // From a checkpoint.
};

Learning Of(Labelled labelled, TrainingSpec spec, const std::function<void(TrainingSpec&)>& change = {}) {
  if (change) change(spec);
  Dataset dataset = testutil::Customers(1500, labelled);
  *dataset.header.mutable_as_of() = spec.dataset().as_of();
  return {{std::move(dataset)}, std::move(spec)};
}

Learning Value(ValueRegressionParameters::Family family) {
  return Of(Labelled::kSpend, testutil::ValueSpec(),
            [&](TrainingSpec& spec) { spec.mutable_value_regression()->set_family(family); });
}

Learning Rfm() {
  Random random(1, 3);
  std::vector<testutil::RfmCustomer> customers;
  for (int i = 0; i < 1000; ++i) {
    const double frequency = 1 + std::floor(9 * random.Uniform() * random.Uniform());
    customers.push_back(
        {absl::StrCat(i), std::floor(400 * random.Uniform()), frequency, 20 * frequency / (1.05 - random.Uniform())});
  }
  return {{testutil::RfmTable(customers).Build()}, testutil::RfmSpec()};
}

// Customers who buy at rates of their own until they leave. Amounts are of whole cents.
std::vector<testutil::Purchase> Shop(int customers) {
  std::vector<testutil::Purchase> purchases;
  Random random(11, 1);
  for (int i = 0; i < customers; ++i) {
    const absl::CivilDay first = absl::CivilDay(2023, 1, 1) + static_cast<int>(120 * random.Uniform());
    const double gap = 10 + 80 * random.Uniform(), spend = 5 + 60 * random.Uniform();
    double day = 0;
    while (day < 730 && (day == 0 || random.Uniform() > 0.08)) {
      purchases.push_back({absl::StrCat("c", 10'000 + i), first + static_cast<int>(day),
                           std::floor(spend * (50 + 100 * random.Uniform())) / 100});
      day += 1 - gap * std::log(1 - random.Uniform());
    }
  }
  return purchases;
}

Dataset ShopAsOf(absl::CivilDay as_of) {
  Dataset dataset = testutil::PurchaseDataset(Shop(500), as_of, 180);
  // By days, as ranks read it; the days of a week are its first.
  const common::v1::PurchaseSeries weeks = *dataset.purchase_series;
  common::v1::PurchaseSeries days = weeks;
  days.set_bin_days(1);
  days.clear_first_purchases();
  days.clear_repeat_purchases();
  days.clear_spend();
  for (int i = 0; i < 7 * weeks.spend_size(); ++i) {
    days.add_first_purchases(i % 7 == 0 ? weeks.first_purchases(i / 7) : 0);
    days.add_repeat_purchases(i % 7 == 0 ? weeks.repeat_purchases(i / 7) : 0);
    days.add_spend(i % 7 == 0 ? std::round(weeks.spend(i / 7) * 1e6) / 1e6 : 0);
  }
  dataset.purchase_series = days;
  return dataset;
}

Learning LifetimeValue() {
  TrainingSpec spec = testutil::LifetimeValueSpec(180);
  return {{ShopAsOf(absl::CivilDay(2024, 7, 1))}, spec};
}

Learning Selection() {
  TrainingSpec spec = testutil::LifetimeValueSpec(180);
  spec.mutable_value_selection();
  return {{ShopAsOf(absl::CivilDay(2024, 7, 1)), ShopAsOf(absl::CivilDay(2024, 1, 3))}, spec};
}

Learning Survival() {
  Random random(3, 1);
  std::vector<float> x, durations, ended;
  for (int i = 0; i < 800; ++i) {
    x.push_back(static_cast<float>(random.Uniform()));
    const double duration = -std::log(1 - random.Uniform()) * std::exp(-x.back()) * 20;
    durations.push_back(static_cast<float>(std::min(duration, 30.0)));
    ended.push_back(duration < 30 ? 1 : 0);
  }
  TrainingSpec spec;
  spec.set_model("stay");
  spec.mutable_dataset()->add_features("x");
  spec.mutable_dataset()->add_auxiliary_features("t");
  spec.mutable_dataset()->add_auxiliary_features("ended");
  spec.mutable_survival()->set_duration_feature("t");
  spec.mutable_survival()->set_event_feature("ended");
  return {{testutil::Table(800).Number("x", x).Number("t", durations, true).Number("ended", ended, true).Build()},
          spec};
}

const std::vector<Case>& Cases() {
  static const auto& cases = *new std::vector<Case>{
      {"Clusters",
       [] {
         return Of(Labelled::kNone, testutil::SegmentSpec(), [](TrainingSpec& spec) {
           spec.mutable_kmeans()->clear_num_clusters();
           spec.mutable_kmeans()->set_min_clusters(3);
           spec.mutable_kmeans()->set_max_clusters(5);
           spec.mutable_kmeans()->set_restarts(4);
           spec.mutable_kmeans()->set_stability_resamples(3);
         });
       }},
      {"MiniBatches",
       [] {
         return Of(Labelled::kNone, testutil::SegmentSpec(),
                   [](TrainingSpec& spec) { spec.mutable_kmeans()->set_batch_rows(256); });
       },
       false},
      {"Churn", [] { return Of(Labelled::kChurn, testutil::ChurnSpec()); }},
      {"ChurnOnAPath",
       [] {
         return Of(Labelled::kChurn, testutil::ChurnSpec(), [](TrainingSpec& spec) {
           auto& path = *spec.mutable_logistic_regression()->mutable_penalty_path();
           path.set_strengths(8);
           spec.mutable_logistic_regression()->set_folds(3);
           spec.mutable_logistic_regression()->set_calibration(
               model::v1::LogisticRegressionParameters::CALIBRATION_PLATT);
         });
       }},
      {"Tier", [] { return Of(Labelled::kTier, testutil::TierSpec()); }},
      {"LeastSquares", [] { return Value(ValueRegressionParameters::FAMILY_LEAST_SQUARES); }},
      {"Tweedie", [] { return Value(ValueRegressionParameters::FAMILY_TWEEDIE); }},
      {"Hurdle", [] { return Value(ValueRegressionParameters::FAMILY_HURDLE_GAMMA); }},
      {"ZeroInflated", [] { return Value(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL); }},
      {"LifetimeValue", LifetimeValue, false},
      {"Rfm", Rfm, false},
      {"Survival", Survival, false},
      {"Selection", Selection},
  };
  return cases;
}

class SameBytes : public ::testing::TestWithParam<Case> {
 protected:
  const Learning learning_ = GetParam().make();
  absl::StatusOr<TrainedModel> Train(const RankOptions& options) {
    return TrainOnRanks(learning_.datasets, learning_.spec, options);
  }
};

INSTANTIATE_TEST_SUITE_P(Learners, SameBytes, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(SameBytes, ForAnyNumberOfRanksAndThreads) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel alone, Train({}));
  for (const int ranks : {2, 3, 4, 8}) {
    const auto each = testutil::TrainOnEachRank(learning_.datasets, learning_.spec,
                                                {.ranks = ranks, .threads = ranks % 2 + 1});
    for (const auto& together : each) {
      ASSERT_OK(together);
      EXPECT_EQ(together->sha256, alone.sha256) << ranks << " ranks";
    }
  }
}

// Stops after so many tellings of the progress, as a kill would; what is on disk by then is all there is to go on from.
TEST_P(SameBytes, WhereOthersGoOnFromACheckpoint) {
  if (!GetParam().goes_on) GTEST_SKIP() << "begins anew";
  int tellings = 0;
  ASSERT_OK_AND_ASSIGN(const TrainedModel undisturbed, Train({.on_progress = [&](const auto&) { ++tellings; }}));
  for (int part = 1; part <= 4; ++part) {
    const testutil::TempDir folder;
    const auto stopped = std::make_shared<std::atomic<bool>>(false);
    int told = 0;
    const auto cut = Train({.ranks = part % 2 + 1,
                            .checkpoints = folder.path(),
                            .stop = StopToken(absl::InfiniteFuture(), stopped),
                            .on_progress = [&](const auto&) { *stopped = ++told >= tellings * part / 5; }});
    EXPECT_FALSE(cut.ok()) << "was not cut short";
    ASSERT_OK_AND_ASSIGN(const TrainedModel resumed, Train({.ranks = 3 - part % 2, .checkpoints = folder.path()}));
    EXPECT_EQ(resumed.sha256, undisturbed.sha256) << "cut after " << told << " of " << tellings;
  }
}

TEST(CheckpointsTest, WhatHadEndedIsNotWorkedOutAgain) {
  const Learning learning = Cases()[0].make();
  const testutil::TempDir folder;
  int first = 0, second = 0;
  ASSERT_OK(TrainOnRanks(learning.datasets, learning.spec,
                         {.checkpoints = folder.path(), .on_progress = [&](const auto&) { ++first; }}));
  ASSERT_OK(TrainOnRanks(learning.datasets, learning.spec,
                         {.checkpoints = folder.path(), .on_progress = [&](const auto&) { ++second; }}));
  EXPECT_LT(second, first / 3);
}

TEST(CheckpointsTest, ADamagedFileIsABeginning) {
  const Learning learning = Cases()[0].make();
  const testutil::TempDir folder;
  ASSERT_OK_AND_ASSIGN(const auto first,
                       TrainOnRanks(learning.datasets, learning.spec, {.checkpoints = folder.path()}));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) / 2);
    ++files;
  }
  EXPECT_EQ(files, 1);
  ASSERT_OK_AND_ASSIGN(const auto second,
                       TrainOnRanks(learning.datasets, learning.spec, {.checkpoints = folder.path()}));
  EXPECT_EQ(second.sha256, first.sha256);
}

TEST(CheckpointsTest, OtherDataBeginAnew) {
  Learning learning = Cases()[0].make();
  const testutil::TempDir folder;
  ASSERT_OK(TrainOnRanks(learning.datasets, learning.spec, {.checkpoints = folder.path()}));
  learning.datasets[0].shards[0].numbers[0] += 1;
  ASSERT_OK_AND_ASSIGN(const auto with, TrainOnRanks(learning.datasets, learning.spec, {.checkpoints = folder.path()}));
  ASSERT_OK_AND_ASSIGN(const auto without, TrainOnRanks(learning.datasets, learning.spec, {}));
  EXPECT_EQ(with.sha256, without.sha256);
}

TEST(RanksTest, WhatTheDataForbidIsToldAndTheOthersAreLetGo) {
  // Two classes that one column separates, and no penalty: only learning finds that out.
  std::vector<float> x;
  std::vector<double> labels;
  for (int i = 0; i < 600; ++i) {
    x.push_back(static_cast<float>(i % 100));
    labels.push_back(i % 100 < 50 ? 0 : 1);
  }
  TrainingSpec spec = testutil::ChurnSpec();
  spec.mutable_dataset()->clear_auxiliary_features();
  spec.mutable_dataset()->clear_features();
  spec.mutable_dataset()->add_features("x");
  spec.mutable_logistic_regression()->set_l2_penalty(0);
  Dataset dataset = testutil::Table(600).Number("x", x).Labels(labels).Build();
  *dataset.header.mutable_as_of() = spec.dataset().as_of();
  const auto trained = TrainOnRanks({dataset}, spec, {.ranks = 3});
  EXPECT_EQ(trained.status().code(), absl::StatusCode::kFailedPrecondition) << trained.status();
  EXPECT_THAT(std::string(trained.status().message()), ::testing::HasSubstr("separated perfectly"));
}

}  // namespace
}  // namespace clientele::training
