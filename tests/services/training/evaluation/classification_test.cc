// Curves, the calibration table, coefficients, several classes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/statistics/auc.h"
#include "services/training/evaluation/calibration_table.h"
#include "services/training/evaluation/coefficients.h"
#include "services/training/evaluation/curves.h"
#include "services/training/evaluation/multiclass.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using model::v1::ClassifierEvaluation;
using ::testing::ElementsAre;

double AreaUnder(const google::protobuf::RepeatedPtrField<model::v1::CurvePoint>& curve) {
  double area = 0;
  for (int i = 1; i < curve.size(); ++i)
    area += (curve[i].x() - curve[i - 1].x()) * (curve[i].y() + curve[i - 1].y()) / 2;
  return area;
}

TEST(CurvesTest, AreThoseOfEveryThreshold) {
  ClassifierEvaluation evaluation;
  AddCurves({0.9, 0.8, 0.8, 0.4, 0.1}, {1, 1, 0, 1, 0}, evaluation);
  std::vector<std::pair<double, double>> roc, precision_recall;
  for (const auto& point : evaluation.roc_curve()) roc.emplace_back(point.x(), point.y());
  for (const auto& point : evaluation.precision_recall_curve()) precision_recall.emplace_back(point.x(), point.y());
  using P = std::pair<double, double>;
  EXPECT_THAT(roc, ElementsAre(P{0, 0}, P{0, 1 / 3.0}, P{0.5, 2 / 3.0}, P{0.5, 1}, P{1, 1}));
  EXPECT_THAT(precision_recall, ElementsAre(P{1 / 3.0, 1}, P{2 / 3.0, 2 / 3.0}, P{1, 0.75}, P{1, 0.6}));
  EXPECT_DOUBLE_EQ(evaluation.average_precision(), (1 + 2 / 3.0 + 0.75) / 3);
}

TEST(CurvesTest, AreThinnedWithoutChangingTheirArea) {
  Random random(5, 1);
  std::vector<double> scores, labels;
  for (int i = 0; i < 20000; ++i) {
    scores.push_back(random.Uniform());
    labels.push_back(random.Uniform() < scores.back() * scores.back() ? 1 : 0);
  }
  ClassifierEvaluation evaluation;
  AddCurves(scores, labels, evaluation);
  EXPECT_LE(evaluation.roc_curve_size(), kMostCurvePoints);
  EXPECT_GT(evaluation.roc_curve_size(), kMostCurvePoints / 2);
  EXPECT_LE(evaluation.precision_recall_curve_size(), kMostCurvePoints);
  EXPECT_NEAR(AreaUnder(evaluation.roc_curve()), statistics::AreaUnderCurve(scores, labels), 1e-3);
  EXPECT_NEAR(AreaUnder(evaluation.precision_recall_curve()), evaluation.average_precision(), 5e-3);
  EXPECT_EQ(evaluation.roc_curve().rbegin()->x(), 1);
  EXPECT_EQ(evaluation.roc_curve().rbegin()->y(), 1);
  EXPECT_EQ(evaluation.precision_recall_curve().rbegin()->x(), 1);
}

TEST(CurvesTest, OfOneClassAreEmpty) {
  ClassifierEvaluation evaluation;
  AddCurves({0.1, 0.2}, {0, 0}, evaluation);
  EXPECT_EQ(evaluation.roc_curve_size(), 0);
  EXPECT_EQ(evaluation.precision_recall_curve_size(), 0);
  AddCurves({0.1, 0.2}, {1, 1}, evaluation);
  EXPECT_EQ(evaluation.roc_curve_size(), 0);
  EXPECT_EQ(evaluation.average_precision(), 1);
}

TEST(CalibrationTableTest, HasWilsonsIntervals) {
  ClassifierEvaluation evaluation;
  AddCalibrationTable({0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25}, {1, 1, 0, 0, 0, 0, 0, 0, 0, 0},
                      evaluation);
  const auto& bin = evaluation.calibration(2);
  EXPECT_NEAR(bin.share_lower(), 0.0566822, 1e-6);  // 2 of 10 (Wilson 1927).
  EXPECT_NEAR(bin.share_upper(), 0.5098375, 1e-6);
  EXPECT_EQ(evaluation.calibration(7).share_lower(), 0);  // No row, no knowledge.
  EXPECT_EQ(evaluation.calibration(7).share_upper(), 1);
  EXPECT_EQ(evaluation.score_histogram_positives(5), 2);
  EXPECT_EQ(evaluation.score_histogram_negatives(5), 8);
  EXPECT_EQ(evaluation.score_histogram_negatives_size(), 20);
}

TEST(CoefficientsTest, ComeWithTestIntervalAndEffect) {
  model::v1::Evaluation evaluation;
  const std::vector<std::string> names = {"tenure", "plan=gold", std::string(kInterceptName)};
  AddCoefficients({names, {-0.5, 0, 2}, {0.25, 0, 1}, /*log_scale=*/true, "occurrence"}, evaluation);
  ASSERT_EQ(evaluation.coefficients_size(), 3);
  const auto& tenure = evaluation.coefficients(0);
  EXPECT_EQ(tenure.column(), "tenure");
  EXPECT_EQ(tenure.part(), "occurrence");
  EXPECT_EQ(tenure.z(), -2);
  EXPECT_NEAR(tenure.p_value(), 0.04550026389635842, 1e-12);
  EXPECT_NEAR(tenure.lower(), -0.5 - 1.959964 * 0.25, 1e-6);
  EXPECT_NEAR(tenure.effect(), std::exp(-0.5), 1e-15);
  EXPECT_NEAR(tenure.effect_upper(), std::exp(tenure.upper()), 1e-15);
  EXPECT_EQ(evaluation.coefficients(1).z(), 0);  // No standard error, no test.
  EXPECT_EQ(evaluation.coefficients(1).p_value(), 1);
  model::v1::Evaluation plain;
  AddCoefficients({names, {1, 2, 3}, {1, 1, 1}}, plain);
  EXPECT_EQ(plain.coefficients(0).effect(), 0);
}

TEST(EvaluateClassesTest, CountsWhatWasCalledAndWhatWas) {
  // Called a, a, b, c, b; true a, b, b, c, a.
  const std::vector<double> probabilities = {0.6, 0.3, 0.1, 0.5, 0.4, 0.1, 0.2, 0.7, 0.1, 0.1, 0.1, 0.8, 0.3, 0.5, 0.2};
  const auto e = EvaluateClasses(probabilities, {0, 1, 1, 2, 0}, {"a", "b", "c"}, {0.5, 0.25, 0.25});
  EXPECT_THAT(e.confusion(), ElementsAre(1, 1, 0, 1, 1, 0, 0, 0, 1));
  EXPECT_DOUBLE_EQ(e.accuracy(), 0.6);
  EXPECT_DOUBLE_EQ(e.majority_share(), 0.4);
  EXPECT_DOUBLE_EQ(e.classes(0).precision(), 0.5);
  EXPECT_DOUBLE_EQ(e.classes(1).recall(), 0.5);
  EXPECT_DOUBLE_EQ(e.classes(2).f1(), 1);
  EXPECT_DOUBLE_EQ(e.macro_f1(), (0.5 + 0.5 + 1) / 3);
  EXPECT_DOUBLE_EQ(e.classes(0).auc(), (3 + 2) / 6.0);  // 0.6 above all three, 0.3 above two.
  EXPECT_NEAR(e.log_loss(), -(std::log(0.6) + std::log(0.4) + std::log(0.7) + std::log(0.8) + std::log(0.3)) / 5,
              1e-12);
  EXPECT_NEAR(e.log_loss_baseline(), -(2 * std::log(0.5) + 3 * std::log(0.25)) / 5, 1e-12);
  EXPECT_EQ(e.classes(1).name(), "b");
}

TEST(EvaluateClassesTest, AClassWithoutRowsHasNoAuc) {
  const auto e = EvaluateClasses({0.6, 0.4, 0.7, 0.3}, {0, 0}, {"a", "b"}, {0.5, 0.5});
  EXPECT_TRUE(std::isnan(e.classes(1).auc()));
  EXPECT_EQ(e.classes(1).recall(), 0);
  EXPECT_EQ(e.accuracy(), 1);
}

}  // namespace
}  // namespace clientele::training
