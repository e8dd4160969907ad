#include "tests/benchmark/coverage_study/study.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "absl/strings/str_format.h"
#include "services/training/learners/btyd/rows.h"

namespace clientele::coverage_study {
namespace {

using training::btyd::BtydFit;
using training::btyd::CollapsedRows;
using training::btyd::CollapseRows;
using training::btyd::Optimum;

constexpr double kNormal975 = 1.959963984540054;
constexpr int64_t kPredicted = 20000;  // Customers of a cohort whose total is predicted, at most.

struct Cohort {
  std::array<std::vector<double>, 3> columns;

  Row row(int64_t i) const { return {columns[0][i], columns[1][i], columns[2][i]}; }
};

// Customer i draws from a stream of their own.
Cohort DrawCohort(const StudyModel& model, const std::vector<double>& truth, uint64_t seed,
                  const StudyOptions& options) {
  Cohort cohort;
  for (auto& column : cohort.columns) column.resize(options.customers);
#pragma omp parallel for num_threads(options.threads) schedule(static)
  for (int64_t i = 0; i < options.customers; ++i) {
    btyd::Draws draws(seed, i + 1);
    const Row row = model.draw_customer(truth, draws);
    for (int j = 0; j < 3; ++j) cohort.columns[j][i] = row[j];
  }
  return cohort;
}

btyd::Estimate PredictTotal(const StudyModel& model, const std::vector<double>& parameters, const Cohort& cohort) {
  btyd::Estimate total;
  const int64_t n = std::min<int64_t>(kPredicted, cohort.columns[0].size());
  for (int64_t i = 0; i < n; ++i) {
    const btyd::Estimate one = model.predict(parameters, cohort.row(i));
    total.value += one.value;
    for (size_t j = 0; j < one.slopes.size(); ++j) total.slopes[j] += one.slopes[j];
  }
  return total;
}

void Count(double truth, double lower, double upper, Coverage& coverage) {
  ++coverage.intervals;
  coverage.covered += lower <= truth && truth <= upper;
}

// Normal in the logarithm, by the delta method.
void CountTotal(const btyd::Estimate& total, double truth, const BtydFit& fit, double width, Coverage& coverage) {
  const size_t p = fit.parameters.size();
  double variance = 0;
  for (size_t i = 0; i < p; ++i) {
    for (size_t j = 0; j < p; ++j) variance += total.slopes[i] * fit.covariance[i * p + j] * total.slopes[j];
  }
  const double reach = std::exp(width * kNormal975 * std::sqrt(std::max(0.0, variance)) / total.value);
  Count(truth, total.value / reach, total.value * reach, coverage);
}

void CountFit(const StudyModel& model, const std::vector<double>& truth, const Cohort& cohort, const BtydFit& fit,
              double width, StudyResult& result) {
  result.at_limit += fit.optimum != Optimum::kInterior;
  std::vector<double> fitted;
  for (size_t j = 0; j < truth.size(); ++j) {
    const auto& parameter = fit.parameters[j];
    fitted.push_back(parameter.value);
    const auto widened = [&](double end) { return parameter.value * std::pow(end / parameter.value, width); };
    Count(truth[j], widened(parameter.lower), widened(parameter.upper), result.coverages[j]);
  }
  CountTotal(PredictTotal(model, fitted, cohort), PredictTotal(model, truth, cohort).value, fit, width,
             result.coverages.back());
}

absl::StatusOr<BtydFit> Fit(const StudyModel& model, const Cohort& cohort, int threads) {
  const std::vector<double> ones(cohort.columns[0].size(), 1.0);
  const CollapsedRows rows = CollapseRows({cohort.columns[0], cohort.columns[1], cohort.columns[2]}, ones, threads);
  training::btyd::BtydFitOptions options;
  options.threads = threads;
  return FitBtyd(*model.likelihood, model.traits(rows.rows(), rows.weights), rows.rows(), rows.weights, {}, options,
                 StopToken());
}

}  // namespace

StudyResult RunStudy(const StudyModel& model, const StudyOptions& options) {
  StudyResult result;
  result.model = model.name;
  result.customers = options.customers;
  for (const absl::string_view name : model.likelihood->parameter_names())
    result.coverages.push_back({std::string(name)});
  result.coverages.push_back({"total"});
  for (int point = 0; point < options.points; ++point) {
    const uint64_t seed = options.seed * 1000003 + point;
    btyd::Draws draws(seed, 0);
    const std::vector<double> truth = model.draw_parameters(draws);
    const Cohort cohort = DrawCohort(model, truth, seed, options);
    const auto start = std::chrono::steady_clock::now();
    const auto fit = Fit(model, cohort, options.threads);
    result.fit_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++result.fits;
    if (!fit.ok()) {
      ++result.failures;
      result.problems.push_back(std::string(fit.status().message()));
      continue;
    }
    CountFit(model, truth, cohort, *fit, options.width, result);
  }
  return result;
}

void PrintHeader(std::ostream& out) {
  out << absl::StreamFormat("%-12s %9s %5s %8s %8s %9s   %s\n", "model", "customers", "fits", "failures", "at limit",
                            "s a fit", "share of 95 % intervals that cover the truth, of how many");
}

void PrintResult(const StudyResult& result, std::ostream& out) {
  out << absl::StreamFormat("%-12s %9d %5d %8d %8d %9.4f  ", result.model, result.customers, result.fits,
                            result.failures, result.at_limit, result.fit_seconds / std::max(1, result.fits));
  for (const Coverage& coverage : result.coverages) {
    out << absl::StreamFormat(" %s %.1f%% (%d)", coverage.name, 100 * coverage.share(), coverage.intervals);
  }
  out << std::endl;
}

}  // namespace clientele::coverage_study
