// How far a fit's parameters would be off in other customers of the same kind: the parametric bootstrap (Efron and Tibshirani
// 1993). Each replicate draws every customer anew from the fitted model, as long observed as they were, and fits again.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/base/stop_token.h"
#include "common/model/btyd/draws.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/lifetime_value/histories.h"

namespace clientele::training {

// A customer's row as the model would have had it: `parameters` are their own, `row` is first, second, third.
using DrawRow = void (*)(absl::Span<const double> parameters, std::array<double, 3>& row, clientele::btyd::Draws& draws);

struct BootstrapProblem {
  const btyd::Likelihood& likelihood;
  btyd::ModelTraits (*traits)(const btyd::LikelihoodRows& rows, absl::Span<const double> weights);
  DrawRow draw = nullptr;
  const FitRows& rows;  // A row of weight w stands for w customers, to the nearest whole number.
  btyd::BtydCovariates covariates;
  btyd::BtydFitOptions options;
};

// Sets the bootstrap intervals, 95 % by quantiles, of the fitted parameters. The same for any number of threads.
// Cost: `replicates` fits. Errors: of `stop`. Replicates whose fit fails are left out; fewer than 20 others set nothing.
absl::Status AddBootstrap(const BootstrapProblem& problem, int replicates, uint64_t seed, const StopToken& stop,
                          model::v1::FittedDistribution& fitted);

}  // namespace clientele::training
