// Do the 95 % intervals cover the truth 95 % of the time? Cohorts are drawn from known parameters and fitted; of each
// parameter, and of what the customers are predicted to do in total, the study counts how often the interval holds the
// true value.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "tests/benchmark/coverage_study/study_models.h"

namespace clientele::coverage_study {

struct StudyOptions {
  int points = 200;  // Sets of true parameters, one cohort each.
  int64_t customers = 10000;
  int threads = 1;
  uint64_t seed = 1;
  double width = 1;  // Of the intervals, as a multiple of what they should be: for the study's own test.
};

struct Coverage {
  std::string name;
  int intervals = 0;
  int covered = 0;

  double share() const { return intervals > 0 ? static_cast<double>(covered) / intervals : 0; }
};

struct StudyResult {
  std::string model;
  int64_t customers = 0;
  int fits = 0, failures = 0;
  int at_limit = 0;                   // Optima that are a limit of the model or a ridge.
  std::vector<Coverage> coverages;    // The parameters, then "total".
  double fit_seconds = 0;             // Of all fits.
  std::vector<std::string> problems;  // What the failures said.
};

StudyResult RunStudy(const StudyModel& model, const StudyOptions& options);

// A line of the table; `PrintHeader` first.
void PrintHeader(std::ostream& out);
void PrintResult(const StudyResult& result, std::ostream& out);

}  // namespace clientele::coverage_study
