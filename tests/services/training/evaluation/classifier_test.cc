#include "services/training/evaluation/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace clientele::training {
namespace {

TEST(EvaluateClassifierTest, CountsWhatWasCalledAndWhatWas) {
  const std::vector<double> scores = {0.9, 0.8, 0.7, 0.3, 0.2, 0.1, 0.1, 0.1, 0.5, 0.4};
  const std::vector<double> labels = {1, 1, 0, 1, 0, 0, 0, 0, 0, 0};
  const auto e = EvaluateClassifier(scores, labels, 0.5, 0.4);
  EXPECT_EQ(e.positives(), 3);
  EXPECT_EQ(e.confusion().true_positives(), 2);
  EXPECT_EQ(e.confusion().false_positives(), 2);  // 0.5 is at the threshold: positive.
  EXPECT_EQ(e.confusion().false_negatives(), 1);
  EXPECT_EQ(e.confusion().true_negatives(), 5);
  EXPECT_DOUBLE_EQ(e.accuracy(), 0.7);
  EXPECT_DOUBLE_EQ(e.accuracy_standard_error(), std::sqrt(0.7 * 0.3 / 10));
  EXPECT_DOUBLE_EQ(e.majority_share(), 0.7);
  EXPECT_DOUBLE_EQ(e.precision(), 0.5);
  EXPECT_DOUBLE_EQ(e.recall(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(e.f1(), 4.0 / 7);
  double log_loss = 0, brier = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    log_loss -= std::log(labels[i] == 1 ? scores[i] : 1 - scores[i]) / 10;
    brier += (scores[i] - labels[i]) * (scores[i] - labels[i]) / 10;
  }
  EXPECT_NEAR(e.log_loss(), log_loss, 1e-12);
  EXPECT_NEAR(e.brier(), brier, 1e-12);
  EXPECT_NEAR(e.log_loss_baseline(), -(3 * std::log(0.4) + 7 * std::log(0.6)) / 10, 1e-12);
}

TEST(EvaluateClassifierTest, DecilesGoFromTheHighestScoreDown) {
  std::vector<double> scores, labels;
  for (int i = 0; i < 100; ++i) {
    scores.push_back(i / 100.0);
    labels.push_back(i >= 85 ? 1 : 0);
  }
  const auto e = EvaluateClassifier(scores, labels, 0.5, 0.15);
  ASSERT_EQ(e.deciles_size(), 10);
  EXPECT_EQ(e.deciles(0).rows(), 10);
  EXPECT_DOUBLE_EQ(e.deciles(0).positive_share(), 1);
  EXPECT_DOUBLE_EQ(e.deciles(0).lift(), 1 / 0.15);
  EXPECT_DOUBLE_EQ(e.deciles(0).cumulative_gain(), 10.0 / 15);
  EXPECT_DOUBLE_EQ(e.deciles(1).cumulative_gain(), 1);
  EXPECT_NEAR(e.deciles(0).mean_score(), 0.945, 1e-12);
}

TEST(EvaluateClassifierTest, CalibrationComparesScoresWithShares) {
  const std::vector<double> scores = {0.05, 0.05, 0.05, 0.05, 1.0, 1.0};
  const auto e = EvaluateClassifier(scores, {0, 0, 0, 1, 1, 0}, 0.5, 0.3);
  ASSERT_EQ(e.calibration_size(), 10);
  EXPECT_EQ(e.calibration(0).rows(), 4);
  EXPECT_DOUBLE_EQ(e.calibration(0).positive_share(), 0.25);
  EXPECT_EQ(e.calibration(9).rows(), 2);  // 1 belongs to the last bin.
  EXPECT_EQ(e.calibration(5).rows(), 0);
  EXPECT_NEAR(e.expected_calibration_error(), 4.0 / 6 * 0.2 + 2.0 / 6 * 0.5, 1e-12);
}

TEST(EvaluateClassifierTest, SureAndWrongCostsAFiniteLoss) {
  const auto e = EvaluateClassifier({0.0, 1.0}, {1, 0}, 0.5, 0.5);
  EXPECT_NEAR(e.log_loss(), -std::log(1e-15), 0.1);
  EXPECT_EQ(e.auc(), 0);
}

}  // namespace
}  // namespace clientele::training
