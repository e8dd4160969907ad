// Versions over several quarters, and a champion that changes hands.
#include "services/inference/quality/quality_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "services/inference/quality/verdict.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::QualityQuarter;
using v1::QualityTarget;

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

class QualityHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { facts_.now = Day(2026, 11, 26); }

  static std::string NameOf(int64_t number) { return absl::StrCat("tenants/acme/models/churn/versions/", number); }
  void Publish(int64_t number, absl::Time time, double accuracy, double auc = 0.8) {
    v1::ModelVersion& version = facts_.versions[number];
    version.set_name(NameOf(number));
    *version.mutable_create_time() = ToProto(time);
    version.mutable_evaluation()->set_holdout_rows(1'000);
    auto& classifier = *version.mutable_evaluation()->mutable_classifier();
    classifier.set_accuracy(accuracy);
    classifier.set_accuracy_standard_error(0.01);
    classifier.set_auc(auc);
    classifier.set_log_loss(1 - accuracy);
  }
  void Promote(int64_t number, absl::Time time) {
    storage::AliasRevision revision;
    revision.revision = static_cast<int64_t>(facts_.champion.size()) + 1;
    revision.to_version = number;
    revision.time = time;
    facts_.champion.push_back(revision);
  }
  v1::QualityHistory Make(const QualityTarget& asked = QualityTarget()) {
    facts_.quarters = QuartersBetween(FromProto(facts_.versions.begin()->second.create_time()), facts_.now,
                                      absl::UTCTimeZone(), 8);
    const auto target = CompleteTarget(asked, facts_.versions);
    EXPECT_OK(target);
    return MakeQualityHistory(facts_, *target);
  }

  QualityFacts facts_;
};

TEST_F(QualityHistoryTest, AQuartersQualityIsThatOfItsLastChampion) {
  Publish(1, Day(2026, 2, 1), 0.80);
  Promote(1, Day(2026, 2, 1));
  Publish(2, Day(2026, 4, 10), 0.81);  // Never promoted.
  Publish(3, Day(2026, 5, 1), 0.85);
  Promote(3, Day(2026, 5, 2));
  const auto history = Make();
  EXPECT_EQ(history.target().metric(), "accuracy");
  EXPECT_EQ(history.target().level(), 0.8);
  EXPECT_EQ(history.target().gain(), 0.05);
  ASSERT_EQ(history.quarters_size(), 4);
  const QualityQuarter &fourth = history.quarters(0), &third = history.quarters(1), &second = history.quarters(2),
                       &first = history.quarters(3);
  EXPECT_EQ(first.quarter(), "2026-Q1");
  EXPECT_THAT(first.published_versions(), ElementsAre(NameOf(1)));
  EXPECT_DOUBLE_EQ(first.holdout().value(), 0.80);
  EXPECT_TRUE(first.level_met());
  EXPECT_FALSE(first.has_gain());
  EXPECT_EQ(first.verdict(), QualityQuarter::VERDICT_UNKNOWN) << "there is no quarter before";

  EXPECT_THAT(second.published_versions(), ElementsAre(NameOf(2), NameOf(3)));
  ASSERT_EQ(second.champions_size(), 2);
  EXPECT_EQ(second.champions(0).model_version(), NameOf(1));
  EXPECT_EQ(FromProto(second.champions(0).start_time()), Day(2026, 4, 1));
  EXPECT_EQ(FromProto(second.champions(0).end_time()), Day(2026, 5, 2));
  EXPECT_EQ(FromProto(second.champions(1).end_time()), Day(2026, 7, 1));
  EXPECT_DOUBLE_EQ(second.holdout().value(), 0.85);
  EXPECT_NEAR(second.gain(), 0.05, 1e-12);
  EXPECT_NEAR(second.relative_gain(), 0.0625, 1e-12);
  EXPECT_EQ(second.verdict(), QualityQuarter::VERDICT_MET);
  EXPECT_EQ(second.holdout().rows(), 1'000);
  EXPECT_LT(second.holdout().lower(), 0.85);

  EXPECT_THAT(third.published_versions(), IsEmpty());
  EXPECT_EQ(third.relative_gain(), 0);
  EXPECT_EQ(third.verdict(), QualityQuarter::VERDICT_MISSED);
  EXPECT_THAT(third.text(), HasSubstr("the champion is still the same"));
  EXPECT_EQ(FromProto(fourth.champions(0).end_time()), facts_.now) << "the quarter is not over";
}

TEST_F(QualityHistoryTest, ARollbackCountsFromWhenItWas) {
  Publish(1, Day(2026, 7, 1), 0.9);
  Promote(1, Day(2026, 7, 1));
  Publish(2, Day(2026, 10, 1), 0.7);
  Promote(2, Day(2026, 10, 1));
  Promote(1, Day(2026, 10, 5));
  const auto history = Make();
  EXPECT_EQ(history.quarters(0).champions_size(), 2);
  EXPECT_DOUBLE_EQ(history.quarters(0).holdout().value(), 0.9);
}

TEST_F(QualityHistoryTest, ATargetThatIsMissedSaysWhyAndWhatMayBeChance) {
  Publish(1, Day(2026, 7, 1), 0.78);
  Promote(1, Day(2026, 7, 1));
  Publish(2, Day(2026, 10, 1), 0.79);
  Promote(2, Day(2026, 10, 1));
  const auto history = Make();
  EXPECT_FALSE(history.quarters(0).level_met());
  EXPECT_EQ(history.quarters(0).verdict(), QualityQuarter::VERDICT_MISSED);
  EXPECT_THAT(history.quarters(0).text(), HasSubstr("not the 0.8 asked"));
  EXPECT_THAT(history.quarters(0).text(), HasSubstr("may be chance"));
  EXPECT_THAT(history.quarters(0).text(), HasSubstr("2026-Q3"));
}

TEST_F(QualityHistoryTest, WhereLowerIsBetterAFallIsAGain) {
  Publish(1, Day(2026, 7, 1), 0.7);
  Promote(1, Day(2026, 7, 1));
  Publish(2, Day(2026, 10, 1), 0.8);
  Promote(2, Day(2026, 10, 1));
  QualityTarget target;
  target.set_metric("log_loss");
  target.set_level(0.25);
  const auto history = Make(target);
  EXPECT_TRUE(history.lower_is_better());
  EXPECT_NEAR(history.quarters(0).relative_gain(), 1.0 / 3, 1e-12);
  EXPECT_TRUE(history.quarters(0).gain_met());
  EXPECT_TRUE(history.quarters(0).level_met());
  EXPECT_FALSE(history.quarters(1).level_met());
}

TEST_F(QualityHistoryTest, WithoutAChampionNothingIsKnown) {
  Publish(1, Day(2026, 7, 1), 0.9);
  const auto history = Make();
  EXPECT_EQ(history.quarters(0).verdict(), QualityQuarter::VERDICT_UNKNOWN);
  EXPECT_FALSE(history.quarters(0).has_holdout());
}

TEST_F(QualityHistoryTest, TheTargetNamesAMetricThatThereIs) {
  Publish(1, Day(2026, 7, 1), 0.9);
  QualityTarget target;
  target.set_metric("rmse");
  const absl::Status status = CompleteTarget(target, facts_.versions).status();
  EXPECT_EQ(FieldOf(status), "target.metric");
  EXPECT_THAT(status.message(), HasSubstr("accuracy"));
  v1::ModelVersion value;
  value.mutable_evaluation()->mutable_value()->set_normalised_gini(0.5);
  const auto of_value = CompleteTarget(QualityTarget(), {{1, value}});
  ASSERT_OK(of_value);
  EXPECT_EQ(of_value->metric(), "normalised_gini");
  EXPECT_FALSE(of_value->has_level());
}

TEST_F(QualityHistoryTest, WhatTurnedOutIsOfTheChampionsScoresAlone) {
  v1::OutcomeReport report;
  const auto add = [&](int64_t version, int64_t scores, double accuracy, double auc) {
    auto& realised = *report.add_realised();
    realised.set_model_version(NameOf(version));
    realised.set_scores(scores);
    realised.set_accuracy(accuracy);
    realised.set_auc(auc);
    realised.set_auc_lower(auc - 0.1);
    realised.set_auc_upper(auc + 0.1);
  };
  add(1, 300, 0.9, 0.7);
  add(2, 100, 0.5, 0.9);
  add(3, 900, 0.1, 0.1);  // A challenger.
  const auto accuracy = RealisedMeasure(report, "accuracy", {NameOf(1), NameOf(2)});
  ASSERT_TRUE(accuracy.has_value());
  EXPECT_NEAR(accuracy->value(), 0.8, 1e-12);
  EXPECT_EQ(accuracy->rows(), 400);
  EXPECT_LT(accuracy->lower(), 0.8);
  const auto auc = RealisedMeasure(report, "auc", {NameOf(1), NameOf(2)});
  EXPECT_EQ(auc->value(), 0.7);
  EXPECT_FALSE(RealisedMeasure(report, "f1", {NameOf(1)}).has_value());
  EXPECT_FALSE(RealisedMeasure(report, "accuracy", {NameOf(4)}).has_value());
}

}  // namespace
}  // namespace clientele::inference
