// Two real models on one holdout.
#include "services/training/comparison/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "services/training/pipeline.h"
#include "tests/common/dataset/part_threads.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/learners/survival/survival_data.h"
#include "tests/services/training/small_survival_spec.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::MetricComparison;
using model::v1::TrainingSpec;

std::shared_ptr<const model::Predictor> Train(const dataset::Dataset& data, const TrainingSpec& spec) {
  const auto trained = TrainModel(data, spec, {});
  EXPECT_OK(trained);
  auto predictor = model::Predictor::Load(trained->artifact_bytes);
  EXPECT_OK(predictor);
  return *std::move(predictor);
}

class CompareTest : public ::testing::Test {
 protected:
  ComparedChampion Compare(const model::Predictor& model, const model::Predictor& champion, const TrainingSpec& spec) {
    auto compared = CompareWithChampion(
        {.dataset = data_, .spec = spec, .model = model, .champion = champion, .champion_version = "v1"});
    EXPECT_OK(compared);
    return *std::move(compared);
  }
  static const MetricComparison& Find(const model::v1::ChampionComparison& comparison, const std::string& metric) {
    for (const auto& one : comparison.metrics()) {
      if (one.metric() == metric) return one;
    }
    ADD_FAILURE() << metric;
    return comparison.metrics(0);
  }

  const dataset::Dataset data_ = testutil::ChurnData(4'000, 0.1);
  const TrainingSpec spec_ = testutil::ChurnSpec();
};

TEST_F(CompareTest, AModelDoesNotDifferFromItself) {
  const auto model = Train(data_, spec_);
  const ComparedChampion compared = Compare(*model, *model, spec_);
  const auto& comparison = compared.comparison;
  EXPECT_EQ(comparison.not_compared(), "");
  EXPECT_EQ(comparison.champion_version(), "v1");
  EXPECT_TRUE(comparison.same_split());
  ASSERT_EQ(comparison.metrics_size(), 7);
  for (const MetricComparison& metric : comparison.metrics()) {
    EXPECT_EQ(metric.difference(), 0) << metric.metric();
    EXPECT_LT(metric.lower(), metric.value());
    EXPECT_GT(metric.upper(), metric.value());
    ASSERT_TRUE(metric.has_difference_lower());
    EXPECT_EQ(metric.difference_lower(), 0);
    EXPECT_EQ(metric.difference_upper(), 0);
  }
  EXPECT_EQ(comparison.movement().moved_share(), 0);
  EXPECT_EQ(comparison.movement().decision_changed_share(), 0);
  ASSERT_EQ(comparison.data_drift_size(), 1);
  EXPECT_EQ(comparison.data_drift(0).population_stability_index(), 0);
  ASSERT_TRUE(compared.evaluation.has_value());
  EXPECT_DOUBLE_EQ(compared.evaluation->classifier().auc(), model->artifact().evaluation().classifier().auc());
  EXPECT_EQ(compared.evaluation->holdout_rows(), comparison.rows());
}

// Both are wrong about the same customers, so the difference is surer than either.
TEST_F(CompareTest, AWorseChampionIsFoundAndItsIntervalIsOfTheSameRows) {
  const auto model = Train(data_, spec_);
  TrainingSpec other = spec_;
  other.mutable_logistic_regression()->mutable_threshold()->set_fixed(0.85);
  const auto champion = Train(data_, other);
  const auto comparison = Compare(*model, *champion, spec_).comparison;
  const MetricComparison& accuracy = Find(comparison, "accuracy");
  EXPECT_GT(accuracy.difference_lower(), 0);
  EXPECT_LT(accuracy.difference_upper() - accuracy.difference_lower(),
            accuracy.upper() - accuracy.lower() + accuracy.champion_upper() - accuracy.champion_lower());
  EXPECT_EQ(Find(comparison, "auc").difference(), 0) << "the order is the same";
  EXPECT_TRUE(Find(comparison, "log_loss").lower_is_better());
  EXPECT_GT(comparison.movement().decision_changed_share(), 0.05);
  EXPECT_EQ(comparison.movement().moved_share(), 0);
}

TEST_F(CompareTest, ModelsOfPurchasesAreComparedByMoneyInTheLabelsWindow) {
  std::vector<testutil::Purchase> purchases;
  for (int i = 0; i < 400; ++i) {
    const absl::CivilDay first = absl::CivilDay(1997, 1, 1) + i % 80;
    for (int k = 0; k <= i % 7; ++k) purchases.push_back({absl::StrCat("c", i), first + 20 * k + i % 11, 10.0 + i % 5});
  }
  const dataset::Dataset data = testutil::PurchaseDataset(purchases, absl::CivilDay(1997, 5, 1), 60);
  const TrainingSpec spec = testutil::LifetimeValueSpec(60);
  const auto model = Train(data, spec);
  const auto compared = CompareWithChampion(
      {.dataset = data, .spec = spec, .model = *model, .champion = *model, .champion_version = "v1"});
  ASSERT_OK(compared);
  EXPECT_EQ(compared->comparison.not_compared(), "");
  const MetricComparison& error = Find(compared->comparison, "mae");
  EXPECT_DOUBLE_EQ(error.value(), model->artifact().evaluation().value().mae());
  EXPECT_TRUE(error.has_difference_lower());
  EXPECT_FALSE(Find(compared->comparison, "spearman").has_difference_lower()) << "of ranks none is known";
}

// Customers whose time "t" hangs on "x" and not on "noise": a table with these features and one of the two times.
dataset::Dataset Durations(const std::vector<std::string>& features, const std::string& time = "t") {
  constexpr int kRows = 1'200;
  const testutil::SurvivalData data = testutil::GenerateSurvival(kRows, 1, 0, 71);
  std::map<std::string, std::vector<float>> columns;
  columns["t"].assign(data.durations.begin(), data.durations.end());
  columns["x"].assign(data.columns.begin(), data.columns.end());
  for (int i = 0; i < kRows; ++i) {
    columns["noise"].push_back(static_cast<float>(i * 7919 % 1000));
    columns["half"].push_back(columns["t"][i] / 2);
  }
  testutil::Table table(kRows);
  for (const std::string& feature : features) table.Number(feature, columns[feature]);
  table.Number(time, columns[time], true);
  return table.Number("ended", std::vector<float>(data.ended.begin(), data.ended.end()), true).Build();
}

// Of the same.
TrainingSpec DurationsSpec(const std::vector<std::string>& features, const std::string& time = "t") {
  TrainingSpec spec = testutil::SmallSpec();
  *spec.mutable_dataset()->mutable_features() = {features.begin(), features.end()};
  spec.mutable_dataset()->set_auxiliary_features(0, time);
  spec.mutable_survival()->set_duration_feature(time);
  spec.mutable_split()->mutable_hash()->set_train_share(0.5);
  return spec;
}

TEST_F(CompareTest, ModelsOfSurvivalAreComparedByHowTheyOrderTheSameRows) {
  const dataset::Dataset data = Durations({"x", "noise"});
  const TrainingSpec spec = DurationsSpec({"x", "noise"});
  const auto model = Train(data, spec), champion = Train(Durations({"noise"}), DurationsSpec({"noise"}));
  const auto compare = [&](const dataset::Dataset& part, dataset::Parts& parts) {
    const auto compared = CompareWithChampion({.dataset = part,
                                               .spec = spec,
                                               .model = *model,
                                               .champion = *champion,
                                               .champion_version = "v1",
                                               .parts = parts});
    EXPECT_OK(compared);
    return compared->comparison.SerializeAsString() + compared->evaluation->SerializeAsString();
  };
  const ComparedChampion compared = *CompareWithChampion(
      {.dataset = data, .spec = spec, .model = *model, .champion = *champion, .champion_version = "v1"});
  EXPECT_EQ(compared.comparison.not_compared(), "");
  ASSERT_EQ(compared.comparison.metrics_size(), 1);
  const MetricComparison& concordance = Find(compared.comparison, "concordance");
  const auto& judged = model->artifact().evaluation().survival();
  EXPECT_DOUBLE_EQ(concordance.value(), judged.concordance());
  EXPECT_NEAR(concordance.upper() - concordance.value(), 1.96 * judged.concordance_standard_error(), 1e-3);
  EXPECT_GT(concordance.difference_lower(), 0);
  EXPECT_DOUBLE_EQ(compared.evaluation->survival().concordance(), concordance.champion());
  EXPECT_EQ(compared.evaluation->holdout_rows(), compared.comparison.rows());
  EXPECT_GT(compared.comparison.movement().moved_share(), 0.5);
  for (const int ranks : {2, 5}) {
    EXPECT_THAT(testutil::OnParts<std::string>(data, ranks, compare),
                ::testing::Each(compare(data, dataset::OnlyPart())));
  }
}

TEST_F(CompareTest, ModelsOfOtherDurationsOrWithoutAHoldoutAreNot) {
  const dataset::Dataset data = Durations({"x"});
  const auto why = [&](const TrainingSpec& spec, const model::Predictor& champion) {
    const auto model = Train(data, spec);
    return CompareWithChampion(
               {.dataset = data, .spec = spec, .model = *model, .champion = champion, .champion_version = "v1"})
        ->comparison.not_compared();
  };
  TrainingSpec spec = DurationsSpec({"x"});
  const auto other = Train(Durations({"x"}, "half"), DurationsSpec({"x"}, "half"));
  EXPECT_THAT(why(spec, *other), HasSubstr("other durations"));
  spec.mutable_split()->set_none(true);
  EXPECT_THAT(why(spec, *Train(data, spec)), HasSubstr("rows that it learnt from"));
}

TEST_F(CompareTest, TellsWhyTwoCannotBeCompared) {
  const auto model = Train(data_, spec_);
  TrainingSpec shorter = spec_;
  shorter.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(30);
  EXPECT_THAT(Compare(*model, *Train(data_, shorter), spec_).comparison.not_compared(), HasSubstr("another label"));
  TrainingSpec clusters = spec_;
  clusters.mutable_dataset()->clear_label();
  clusters.mutable_kmeans()->set_num_clusters(2);
  const auto segments = Train(data_, clusters);
  const ComparedChampion compared = Compare(*model, *segments, spec_);
  EXPECT_THAT(compared.comparison.not_compared(), HasSubstr("another kind"));
  EXPECT_EQ(compared.comparison.data_drift_size(), 1) << "their data can be";
  EXPECT_FALSE(compared.evaluation.has_value());
  EXPECT_THAT(Compare(*segments, *segments, clusters).comparison.not_compared(), HasSubstr("segments"));
  TrainingSpec all_rows = spec_;
  all_rows.mutable_split()->set_none(true);
  EXPECT_THAT(Compare(*model, *model, all_rows).comparison.not_compared(), HasSubstr("holds no rows out"));
}

TEST_F(CompareTest, SaysWhetherTheChampionMayHaveSeenTheHoldout) {
  TrainingSpec other = spec_;
  other.mutable_split()->mutable_hash()->set_train_share(0.8);
  other.mutable_split()->mutable_hash()->set_salt("another");
  const auto model = Train(data_, spec_), champion = Train(data_, other);
  EXPECT_FALSE(Compare(*model, *champion, spec_).comparison.same_split());
}

TEST_F(CompareTest, ADatasetWithoutAFeatureOfTheChampionsIsToldNotRefused) {
  const auto champion = Train(data_, spec_);
  dataset::Dataset renamed = data_;
  renamed.header.mutable_columns(0)->mutable_feature()->set_name("frequency");
  TrainingSpec spec = spec_;
  spec.mutable_dataset()->set_features(0, "frequency");
  const auto model = Train(renamed, spec);
  const auto compared = CompareWithChampion(
      {.dataset = renamed, .spec = spec, .model = *model, .champion = *champion, .champion_version = "v1"});
  ASSERT_OK(compared);
  EXPECT_THAT(compared->comparison.not_compared(), HasSubstr("recency_days"));
  EXPECT_EQ(compared->comparison.data_drift_size(), 0);
}

}  // namespace
}  // namespace clientele::training
