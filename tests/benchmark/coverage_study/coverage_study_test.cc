// A small coverage study of every model, of few customers, where intervals from standard errors fall short (83 to 91 %
// of some), with bounds that chance hardly reaches.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/benchmark/coverage_study/study.h"

namespace clientele::coverage_study {
namespace {

constexpr int kPoints = 100;

StudyResult RunSmall(const StudyModel& model, double width) {
  StudyOptions options;
  options.points = kPoints;
  options.customers = 1000;
  options.width = width;
  return RunStudy(model, options);
}

// Three deviations of the binomial.
bool Plausible(const Coverage& coverage) {
  const double n = coverage.intervals;
  return coverage.share() >= 0.95 - 3 * std::sqrt(0.95 * 0.05 / n);
}

TEST(CoverageStudyTest, NoFitFailsAndTheIntervalsCoverTheTruth) {
  for (const StudyModel& model : StudyModels()) {
    SCOPED_TRACE(model.name);
    const StudyResult result = RunSmall(model, 1);
    EXPECT_EQ(result.fits, kPoints);
    EXPECT_EQ(result.failures, 0);
    EXPECT_LE(result.at_limit, kPoints / 2);
    for (const Coverage& coverage : result.coverages) {
      EXPECT_EQ(coverage.intervals, kPoints) << coverage.name;
      EXPECT_TRUE(Plausible(coverage)) << coverage.name << ": " << coverage.covered << " of " << coverage.intervals;
    }
  }
}

// The bounds see intervals that are too short.
TEST(CoverageStudyTest, IntervalsOfHalfTheWidthDoNot) {
  const StudyResult result = RunSmall(StudyModels().front(), 0.5);
  int implausible = 0;
  for (const Coverage& coverage : result.coverages) implausible += !Plausible(coverage);
  EXPECT_GE(implausible, 3);
}

TEST(CoverageStudyTest, IsTheSameForAnyNumberOfThreads) {
  const std::vector<StudyModel> models = StudyModels();
  StudyOptions options;
  options.points = 5;
  options.customers = 5000;
  const StudyResult one = RunStudy(models[2], options);
  options.threads = 2;
  const StudyResult two = RunStudy(models[2], options);
  for (size_t j = 0; j < one.coverages.size(); ++j) EXPECT_EQ(one.coverages[j].covered, two.coverages[j].covered);
}

}  // namespace
}  // namespace clientele::coverage_study
