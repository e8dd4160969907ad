#include "services/training/evaluation/intervals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "common/model/value_regression/intervals.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

struct Rows {
  std::vector<double> predictions, actuals;
};

// Values whose errors are skewed and grow with the prediction; a third are nothing at all.
Rows Simulate(int n, uint64_t seed) {
  Random random(seed, 0);
  Rows rows;
  for (int i = 0; i < n; ++i) {
    const double mean = std::exp(4 * random.Uniform());
    const double share = -std::log(1 - random.Uniform());  // Exponential.
    rows.predictions.push_back(mean);
    rows.actuals.push_back(random.Uniform() < 1.0 / 3 ? 0 : 1.5 * mean * share);
  }
  return rows;
}

double CoverageOn(const model::v1::PredictionIntervals& intervals, const Rows& rows) {
  int inside = 0;
  for (size_t i = 0; i < rows.predictions.size(); ++i) {
    const auto interval = model::IntervalAt(intervals, rows.predictions[i], false);
    inside += interval.lower <= rows.actuals[i] && rows.actuals[i] <= interval.upper;
  }
  return inside / static_cast<double>(rows.predictions.size());
}

TEST(ConformalIntervalsTest, FreshRowsAreCoveredAsAsked) {
  for (const double coverage : {0.5, 0.8, 0.9, 0.95}) {
    double sum = 0;
    const int samples = 40, calibration = 500, fresh = 2000;
    for (int sample = 0; sample < samples; ++sample) {
      const Rows rows = Simulate(calibration, 2 * sample);
      const auto intervals = ConformalIntervals(rows.predictions, rows.actuals, coverage, false);
      ASSERT_GT(intervals.bands_size(), 5);
      sum += CoverageOn(intervals, Simulate(fresh, 2 * sample + 1));
    }
    // Of one sample the coverage varies by the 500 rows it is calibrated on, about; 40 of them make the mean sure.
    const double noise = std::sqrt(coverage * (1 - coverage) * (1.0 / calibration + 1.0 / fresh) / samples);
    // At least what was asked, and at most 2 / (n + 1) more, n being the 50 rows of a band.
    EXPECT_GT(sum / samples, coverage - 4 * noise) << coverage;
    EXPECT_LT(sum / samples, coverage + 2.0 / 51 + 4 * noise) << coverage;
  }
}

TEST(ConformalIntervalsTest, EveryBandIsCoveredAndNotOnlyAllTogether) {
  const Rows rows = Simulate(5000, 1), fresh = Simulate(50000, 2);
  const auto intervals = ConformalIntervals(rows.predictions, rows.actuals, 0.9, false);
  ASSERT_EQ(intervals.bands_size(), 10);
  double below = 0;
  for (int b = 0; b < 10; ++b) {
    const double end = b < 9 ? intervals.bands(b).predictions_below() : INFINITY;
    Rows band;
    for (size_t i = 0; i < fresh.predictions.size(); ++i) {
      if (fresh.predictions[i] < below || fresh.predictions[i] >= end) continue;
      band.predictions.push_back(fresh.predictions[i]);
      band.actuals.push_back(fresh.actuals[i]);
    }
    EXPECT_NEAR(CoverageOn(intervals, band), 0.9, 4 * std::sqrt(0.09 * (1 / 500.0 + 1 / 5000.0))) << b;
    EXPECT_EQ(intervals.bands(b).rows(), 500);
    below = end;
  }
}

TEST(ConformalIntervalsTest, TakesTheFiniteSampleQuantile) {
  // 59 errors -29 to 29: with coverage 0.9, k = floor(60 x 0.05) = 3.
  std::vector<double> predictions(59, 100), actuals;
  for (int i = -29; i <= 29; ++i) actuals.push_back(100 + i);
  const auto intervals = ConformalIntervals(predictions, actuals, 0.9, false);
  ASSERT_EQ(intervals.bands_size(), 1);
  EXPECT_EQ(intervals.bands(0).lower(), -27);
  EXPECT_EQ(intervals.bands(0).upper(), 27);
  EXPECT_EQ(intervals.coverage(), 0.9);
}

TEST(ConformalIntervalsTest, WhereManyValuesAreZeroAllThatMayBeMissedIsAbove) {
  // 59 values, ten of them 0: with coverage 0.9, floor(60 x 0.1) = 6 on the one side.
  std::vector<double> predictions, actuals;
  for (int i = 1; i <= 59; ++i) {
    predictions.push_back(10 + i / 100.0);
    actuals.push_back(i <= 10 ? 0 : predictions.back() + i);
  }
  const auto from_zero = ConformalIntervals(predictions, actuals, 0.9, /*allow_negative=*/false);
  EXPECT_NEAR(from_zero.bands(0).upper(), 54, 1e-12);
  for (const double prediction : predictions) EXPECT_EQ(model::IntervalAt(from_zero, prediction, false).lower, 0);
  // Where there may be less than nothing, 0 is a value as any other.
  const auto two_sided = ConformalIntervals(predictions, actuals, 0.9, /*allow_negative=*/true);
  EXPECT_NEAR(two_sided.bands(0).upper(), 57, 1e-12);
  EXPECT_NEAR(two_sided.bands(0).lower(), -10.08, 1e-12);
}

TEST(ConformalIntervalsTest, EqualPredictionsAreInOneBand) {
  Rows rows = Simulate(600, 3);
  for (size_t i = 0; i < 300; ++i) rows.predictions[i] = 7;
  const auto intervals = ConformalIntervals(rows.predictions, rows.actuals, 0.8, false);
  int64_t total = 0;
  std::set<double> ends;
  for (const auto& band : intervals.bands()) {
    EXPECT_GE(band.rows(), 50);
    total += band.rows();
    ends.insert(band.predictions_below());
  }
  EXPECT_EQ(total, 600);
  EXPECT_EQ(static_cast<int>(ends.size()), intervals.bands_size());
  EXPECT_TRUE(model::CheckIntervals(intervals).ok());
}

TEST(ConformalIntervalsTest, TooFewRowsGiveNone) {
  const Rows rows = Simulate(150, 4);
  EXPECT_EQ(ConformalIntervals(rows.predictions, rows.actuals, 0.99, false).bands_size(), 0);  // It would take 199.
  EXPECT_EQ(ConformalIntervals(rows.predictions, rows.actuals, 0.99, false).coverage(), 0);
  EXPECT_EQ(ConformalIntervals(rows.predictions, rows.actuals, 0.9, false).bands_size(), 3);
}

TEST(IntervalMeasuresTest, CoverageOfTheRowsThemselvesIsWhatWasAskedAndWidthIsTheMean) {
  const Rows rows = Simulate(2000, 5);
  const auto intervals = ConformalIntervals(rows.predictions, rows.actuals, 0.9, false);
  model::v1::ValueEvaluation evaluation;
  AddIntervalMeasures(intervals, false, rows.predictions, rows.actuals, evaluation);
  EXPECT_NEAR(evaluation.interval_coverage(), 0.9, 0.01);
  EXPECT_GE(evaluation.interval_coverage(), 0.9);
  EXPECT_GT(evaluation.mean_interval_width(), 10);
  EXPECT_LT(evaluation.mean_interval_width(), 100);
}

}  // namespace
}  // namespace clientele::training
