// The coverage study as a table: a line a model and size of cohort.
//   coverage_study [--models bg-nbd,pareto-nbd] [--customers 1000,10000] [--points 200] [--threads 2] [--seed 1]
#include <algorithm>
#include <iostream>

#include "CLI/CLI.hpp"
#include "tests/benchmark/coverage_study/study.h"

int main(int argc, char** argv) {
  namespace study = clientele::coverage_study;
  CLI::App app("Do the intervals of the lifetime value models cover the truth?");
  std::vector<std::string> names;
  std::vector<int64_t> sizes = {1000, 10000, 100000};
  study::StudyOptions options;
  app.add_option("--models", names, "bg-nbd, mbg-nbd, pareto-nbd, bg-bb, gamma-gamma; all if not given")
      ->delimiter(',');
  app.add_option("--customers", sizes, "Sizes of cohorts")->delimiter(',')->check(CLI::Range(1, 100000000));
  app.add_option("--points", options.points, "Cohorts of each size, each of parameters of its own")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 256));
  app.add_option("--seed", options.seed);
  CLI11_PARSE(app, argc, argv);

  int failures = 0;
  study::PrintHeader(std::cout);
  for (const study::StudyModel& model : study::StudyModels()) {
    if (!names.empty() && std::find(names.begin(), names.end(), model.name) == names.end()) continue;
    for (const int64_t customers : sizes) {
      options.customers = customers;
      const study::StudyResult result = study::RunStudy(model, options);
      study::PrintResult(result, std::cout);
      for (const std::string& problem : result.problems) std::cerr << model.name << ": " << problem << "\n";
      failures += result.failures;
    }
  }
  return failures > 0 ? 1 : 0;
}
