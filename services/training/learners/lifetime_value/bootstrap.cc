#include "services/training/learners/lifetime_value/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/quantile.h"
#include "services/training/learners/btyd/rows.h"

namespace clientele::training {
namespace {

constexpr int kFewestReplicates = 20;

// The parameters of the customers of row i.
std::vector<double> ParametersOf(const BootstrapProblem& problem, const model::v1::FittedDistribution& fitted, size_t i) {
  std::vector<double> logs;
  for (const auto& parameter : fitted.parameters()) logs.push_back(std::log(parameter.value()));
  const auto& covariates = problem.covariates;
  for (size_t k = 0; k < covariates.effects.size(); ++k) {
    const double z = covariates.values[i * covariates.columns + covariates.effects[k].column];
    for (size_t j = 0; j < logs.size(); ++j) {
      logs[j] += covariates.effects[k].direction[j] * fitted.covariates(static_cast<int>(k)).coefficient() * z;
    }
  }
  for (double& log : logs) log = std::exp(log);
  return logs;
}

struct DrawnRows {
  std::vector<double> first, second, third, weights, covariates;
};

DrawnRows Draw(const BootstrapProblem& problem, const model::v1::FittedDistribution& fitted, uint64_t seed) {
  const FitRows& rows = problem.rows;
  DrawnRows drawn;
  uint64_t customer = 0;
  for (size_t i = 0; i < rows.weights.size(); ++i) {
    const std::vector<double> parameters = ParametersOf(problem, fitted, i);
    for (int64_t k = std::llround(rows.weights[i]); k > 0; --k) {
      clientele::btyd::Draws draws(seed, customer++);
      std::array<double, 3> row = {rows.first[i], rows.second[i], rows.third.empty() ? 0 : rows.third[i]};
      problem.draw(parameters, row, draws);
      drawn.first.push_back(row[0]);
      drawn.second.push_back(row[1]);
      if (!rows.third.empty()) drawn.third.push_back(row[2]);
      const auto begin = problem.covariates.values.begin() + static_cast<int64_t>(i) * problem.covariates.columns;
      drawn.covariates.insert(drawn.covariates.end(), begin, begin + problem.covariates.columns);
    }
  }
  drawn.weights.assign(drawn.first.size(), 1);
  return drawn;
}

absl::StatusOr<btyd::BtydFit> FitDrawn(const BootstrapProblem& problem, const DrawnRows& drawn, const StopToken& stop) {
  const btyd::LikelihoodRows all = {drawn.first, drawn.second, drawn.third};
  btyd::BtydFitOptions options = problem.options;
  options.profile_intervals = false;  // Of a replicate the values count.
  if (!problem.covariates.effects.empty()) {
    return btyd::FitBtyd(problem.likelihood, problem.traits(all, drawn.weights), all, drawn.weights,
                         {drawn.covariates, problem.covariates.columns, problem.covariates.effects}, options, stop);
  }
  const btyd::CollapsedRows distinct = btyd::CollapseRows(all, drawn.weights, problem.options.threads);
  return btyd::FitBtyd(problem.likelihood, problem.traits(distinct.rows(), distinct.weights), distinct.rows(),
                       distinct.weights, {}, options, stop);
}

}  // namespace

absl::Status AddBootstrap(const BootstrapProblem& problem, int replicates, uint64_t seed, const StopToken& stop,
                          model::v1::FittedDistribution& fitted) {
  std::vector<std::vector<double>> values(fitted.parameters_size());
  for (int replicate = 0; replicate < replicates; ++replicate) {
    // Streams of one seed are customers; so every replicate has a seed of its own.
    const DrawnRows drawn = Draw(problem, fitted, seed + 0x9e3779b97f4a7c15u * static_cast<uint64_t>(replicate + 1));
    const auto fit = FitDrawn(problem, drawn, stop);
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (!fit.ok()) continue;  // All customers alike, say: that tells nothing.
    for (size_t j = 0; j < values.size(); ++j) values[j].push_back(fit->parameters[j].value);
  }
  if (values.empty() || static_cast<int>(values[0].size()) < kFewestReplicates) return absl::OkStatus();
  for (size_t j = 0; j < values.size(); ++j) {
    std::sort(values[j].begin(), values[j].end());
    auto& parameter = *fitted.mutable_parameters(static_cast<int>(j));
    parameter.set_bootstrap_lower(model::SortedQuantile(values[j], 0.025));
    parameter.set_bootstrap_upper(model::SortedQuantile(values[j], 0.975));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
