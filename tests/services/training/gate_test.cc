#include "services/training/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/training/gate_metrics.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::Evaluation;
using model::v1::Gate;
using model::v1::GateDecision;
using model::v1::TrainingSpec;

Evaluation Classifier(double accuracy, double majority, double error, double auc = 0.8) {
  Evaluation evaluation;
  auto& classifier = *evaluation.mutable_classifier();
  classifier.set_accuracy(accuracy);
  classifier.set_majority_share(majority);
  classifier.set_accuracy_standard_error(error);
  classifier.set_auc(auc);
  classifier.set_log_loss(1 - auc);
  return evaluation;
}

Evaluation Value(double rmse, double baseline) {
  Evaluation evaluation;
  evaluation.mutable_value()->set_rmse(rmse);
  evaluation.mutable_value()->set_rmse_baseline(baseline);
  return evaluation;
}

TEST(GateTest, DefaultRulesOfAClassifier) {
  const TrainingSpec spec;
  EXPECT_EQ(Decide(spec, Classifier(0.85, 0.7, 0.01), nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  const GateDecision weak = Decide(spec, Classifier(0.797, 0.73, 0.01), nullptr);
  EXPECT_EQ(weak.decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
  EXPECT_EQ(weak.checks(0).explanation(), "accuracy 0.797 is below 0.800");
  EXPECT_FALSE(weak.checks(0).passed());
  EXPECT_TRUE(weak.checks(1).passed());
  const GateDecision useless = Decide(spec, Classifier(0.905, 0.9, 0.01), nullptr);
  EXPECT_EQ(useless.decision(), GateDecision::DECISION_REJECTED);
  EXPECT_THAT(useless.checks(1).explanation(), HasSubstr("does not beat the majority class's 0.900"));
  // Exactly at the bound counts.
  EXPECT_EQ(Decide(spec, Classifier(0.80, 0.7, 0.01), nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST(GateTest, NumbersThatLookAlikeAreWrittenOut) {
  EXPECT_EQ(Decide(TrainingSpec(), Classifier(0.79996, 0.5, 0.01), nullptr).checks(0).explanation(),
            "accuracy 0.79996 is below 0.80000");
}

TEST(GateTest, AClassifierOfManyClassesMustBeatTheMostFrequent) {
  Evaluation evaluation;
  evaluation.mutable_classes()->set_accuracy(0.5);
  evaluation.mutable_classes()->set_majority_share(0.4);
  evaluation.mutable_classes()->set_accuracy_standard_error(0.02);
  evaluation.mutable_classes()->set_macro_f1(0.45);
  TrainingSpec spec;
  EXPECT_EQ(Decide(spec, evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  evaluation.mutable_classes()->set_majority_share(0.49);
  EXPECT_EQ(Decide(spec, evaluation, nullptr).decision(), GateDecision::DECISION_REJECTED);
  evaluation.mutable_classes()->set_majority_share(0.4);
  spec.mutable_gate()->add_rules()->set_metric("macro_f1");
  spec.mutable_gate()->mutable_rules(0)->set_at_least(0.5);
  EXPECT_EQ(Decide(spec, evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
}

TEST(GateTest, DefaultRulesOfAValueRegression) {
  EXPECT_EQ(Decide(TrainingSpec(), Value(90, 100), nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  const GateDecision rejected = Decide(TrainingSpec(), Value(100, 100), nullptr);
  EXPECT_EQ(rejected.decision(), GateDecision::DECISION_REJECTED);
  EXPECT_THAT(rejected.checks(0).explanation(), HasSubstr("does not beat"));
}

TEST(GateTest, AClusteringAlwaysPasses) {
  Evaluation evaluation;
  evaluation.mutable_clusters()->set_silhouette(-0.5);
  EXPECT_EQ(Decide(TrainingSpec(), evaluation, nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST(GateTest, OwnRulesAddToTheDefaultsOrReplaceThem) {
  TrainingSpec spec;
  Gate::Rule& rule = *spec.mutable_gate()->add_rules();
  rule.set_metric("auc");
  rule.set_at_least(0.9);
  rule.set_failure(Gate::FAILURE_REJECT);
  EXPECT_EQ(Decide(spec, Classifier(0.85, 0.7, 0.01, 0.95), nullptr).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_EQ(Decide(spec, Classifier(0.85, 0.7, 0.01, 0.85), nullptr).decision(), GateDecision::DECISION_REJECTED);
  EXPECT_EQ(Decide(spec, Classifier(0.75, 0.7, 0.01, 0.95), nullptr).decision(),
            GateDecision::DECISION_PUBLISHED_CANDIDATE);
  spec.mutable_gate()->set_no_default_rules(true);
  const GateDecision decision = Decide(spec, Classifier(0.5, 0.7, 0.01, 0.95), nullptr);
  EXPECT_EQ(decision.decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_EQ(decision.checks_size(), 1);
}

TEST(GateTest, ComparesWithTheChampionInTheMetricsOwnDirection) {
  TrainingSpec spec;
  spec.mutable_gate()->set_no_default_rules(true);
  Gate::Rule& rule = *spec.mutable_gate()->add_rules();
  rule.set_metric("log_loss");
  rule.set_better_than_champion_by(0.01);
  const Evaluation champion = Classifier(0.8, 0.7, 0.01, 0.80);
  EXPECT_EQ(Decide(spec, Classifier(0.8, 0.7, 0.01, 0.82), &champion).decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  const GateDecision worse = Decide(spec, Classifier(0.8, 0.7, 0.01, 0.805), &champion);
  EXPECT_EQ(worse.decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
  EXPECT_THAT(worse.checks(0).explanation(), HasSubstr("the champion's 0.200"));
  const GateDecision first = Decide(spec, Classifier(0.8, 0.7, 0.01, 0.5), nullptr);
  EXPECT_EQ(first.decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_THAT(first.checks(0).explanation(), HasSubstr("no champion"));
}

TEST(GateTest, AMetricThatIsNoNumberFails) {
  TrainingSpec spec;
  Gate::Rule& rule = *spec.mutable_gate()->add_rules();
  rule.set_metric("auc");
  rule.set_at_least(0.5);
  const GateDecision decision = Decide(spec, Classifier(0.9, 0.5, 0.01, NAN), nullptr);
  EXPECT_EQ(decision.decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
  EXPECT_THAT(decision.checks(2).explanation(), HasSubstr("not a number"));
}

TEST(GateMetricsTest, KnowsTheMetricsOfTheProto) {
  EXPECT_THAT(GateMetricsOf(Task::kClassify),
              ::testing::ElementsAre("accuracy", "auc", "precision", "recall", "f1", "log_loss", "brier"));
  EXPECT_THAT(GateMetricsOf(Task::kClassifyMany), ::testing::ElementsAre("accuracy", "macro_f1", "log_loss"));
  EXPECT_THAT(GateMetricsOf(Task::kRegress), ::testing::ElementsAre("rmse", "mae", "spearman", "normalised_gini"));
  EXPECT_THAT(GateMetricsOf(Task::kCluster), ::testing::ElementsAre("inertia", "silhouette", "calinski_harabasz", "davies_bouldin"));
  EXPECT_EQ(MetricOf(Classifier(0.5, 0, 0), "rmse"), std::nullopt);
  EXPECT_GT(Improvement("rmse", 1, 2), 0);
  EXPECT_GT(Improvement("auc", 2, 1), 0);
}

}  // namespace
}  // namespace clientele::training
