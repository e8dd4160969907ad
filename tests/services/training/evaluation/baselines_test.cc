#include "services/training/evaluation/baselines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/common/dataset/table.h"
#include "tests/services/training/support/value_data.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::RowSelection;
using ::testing::ElementsAre;
using testutil::Table;

FeatureDefinition::Aggregate& Transactions(Dataset& dataset, int column, FeatureDefinition::Aggregation aggregation) {
  auto& aggregate = *dataset.header.mutable_columns(column)->mutable_feature()->mutable_aggregate();
  aggregate.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  aggregate.set_aggregation(aggregation);
  return aggregate;
}

// `window_days`: of the spend.
Dataset Customers(std::vector<float> spend, std::vector<float> tenure, int window_days = 0) {
  const int rows = static_cast<int>(spend.size());
  Dataset dataset = Table(rows).Number("bought", std::move(spend)).Number("known", std::move(tenure), true).Build();
  auto& total = Transactions(dataset, 0, FeatureDefinition::AGGREGATION_SUM);
  total.set_field("amount");
  total.set_window_days(window_days);
  Transactions(dataset, 1, FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST);
  return dataset;
}

TEST(SimpleValueRulesTest, PastSpendGoesOnAsItWas) {
  const float missing = dataset::kMissingNumber;
  const Dataset dataset = Customers({100, 60, -20, missing, 90}, {50, 0, 10, missing, 30});
  const auto rules = *SimpleValueRules(dataset, RowSelection::All(dataset), 12, 180, dataset::OnlyPart());
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].name, "training mean");
  EXPECT_THAT(rules[0].predictions, ElementsAre(12, 12, 12, 12, 12));
  EXPECT_EQ(rules[1].name, "past spend rate");
  EXPECT_THAT(rules[1].predictions, ElementsAre(360, 10800, 0, 0, 540));
}

TEST(SimpleValueRulesTest, OnlyJudgingRowsCount) {
  const Dataset dataset = Customers({100, 60, 90}, {50, 10, 30});
  RowSelection judging = RowSelection::All(dataset);
  judging.shards[1][0] = 0;
  EXPECT_THAT((*SimpleValueRules(dataset, judging, 1, 30, dataset::OnlyPart()))[1].predictions, ElementsAre(60, 90));
}

TEST(SimpleValueRulesTest, WithoutTheColumnsOrAHorizonThereIsTheMeanAlone) {
  const Dataset recent = Customers({100, 60}, {50, 10}, /*window_days=*/90);
  EXPECT_EQ(SimpleValueRules(recent, RowSelection::All(recent), 1, 30, dataset::OnlyPart())->size(), 1u);
  const Dataset dataset = Customers({100, 60}, {50, 10});
  EXPECT_EQ(SimpleValueRules(dataset, RowSelection::All(dataset), 1, 0, dataset::OnlyPart())->size(), 1u);
}

TEST(JudgeRuleTest, PastSpendRateOnCdnowIsThatOfTheReference) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "cdnow/cdnow_master_transactions.csv.gz");
  const absl::CivilDay until(1997, 9, 30), last(1998, 6, 30);
  struct History {
    float spend = 0;
    absl::CivilDay first = absl::CivilDay::max();
    double later = 0;
  };
  std::map<std::string, History> histories;
  for (const auto& purchase : testutil::CdnowPurchases(table)) {
    History& history = histories[purchase.customer];
    if (purchase.day > until) {
      history.later += purchase.spend;
      continue;
    }
    history.spend += static_cast<float>(purchase.spend);
    history.first = std::min(history.first, purchase.day);
  }
  std::erase_if(histories, [&](const auto& entry) { return entry.second.first > until; });
  std::vector<float> spend, tenure;
  std::vector<double> actuals;
  size_t i = 0;
  for (const auto& [id, history] : histories) {
    if (testutil::IsTrainingRow(i++)) continue;
    spend.push_back(history.spend);
    tenure.push_back(static_cast<float>(until - history.first));
    actuals.push_back(history.later);
  }
  const Dataset dataset = Customers(spend, tenure);
  const int horizon = static_cast<int>(last - until);
  const auto rules = *SimpleValueRules(dataset, RowSelection::All(dataset), 0, horizon, dataset::OnlyPart());
  const auto judged = JudgeRule(rules[1], actuals);
  const auto& expected = reference["rfm_value"]["value_cdnow_master"]["baseline_past_rate"];
  EXPECT_NEAR(judged.rmse() / expected["rmse"].get<double>(), 1, 1e-4);
  EXPECT_NEAR(judged.mae() / expected["mae"].get<double>(), 1, 1e-4);
  EXPECT_NEAR(judged.spearman(), expected["spearman"].get<double>(), 1e-4);
  EXPECT_NEAR(judged.normalised_gini(), expected["gini_normalised"].get<double>(), 1e-4);
}

}  // namespace
}  // namespace clientele::training
