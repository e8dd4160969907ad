#include "tests/benchmark/learner_bench/lifetime_jobs.h"

#include <memory>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/btyd/pareto_nbd_likelihood.h"
#include "services/training/learners/btyd/rows.h"

namespace clientele::benchmark {
namespace {

using training::btyd::CollapsedRows;
using training::btyd::CollapseRows;
using training::btyd::FitBtyd;

// One row a customer, as they come.
struct Customers {
  std::vector<double> first, second, third, weights;
};

template <typename Likelihood, typename Traits>
Job FitJob(Customers read, Traits traits) {
  auto customers = std::make_shared<const Customers>(std::move(read));
  return Job{[customers, traits](int threads) -> absl::StatusOr<Outcome> {
    const CollapsedRows distinct =
        CollapseRows({customers->first, customers->second, customers->third}, customers->weights, threads);
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto fit, FitBtyd(Likelihood(), traits(distinct.rows(), distinct.weights), distinct.rows(), distinct.weights, {},
                                {.threads = threads}, StopToken()));
    return Outcome{-fit.log_likelihood / fit.weight, fit.iterations, fit.gradient_norm};
  }};
}

absl::StatusOr<Customers> ReadPurchases(const JobData& data) {
  Customers customers;
  CLIENTELE_ASSIGN_OR_RETURN(customers.first, data.ReadNumbers("x"));
  CLIENTELE_ASSIGN_OR_RETURN(customers.second, data.ReadNumbers("t_x"));
  CLIENTELE_ASSIGN_OR_RETURN(customers.third, data.ReadNumbers("T"));
  customers.weights.assign(customers.first.size(), 1);
  return customers;
}

}  // namespace

absl::StatusOr<Job> BgNbdJob(const JobData& data) {
  CLIENTELE_ASSIGN_OR_RETURN(Customers customers, ReadPurchases(data));
  return FitJob<training::btyd::BgNbdLikelihood>(std::move(customers), training::btyd::GeometricDropoutTraits);
}

absl::StatusOr<Job> ParetoNbdJob(const JobData& data) {
  CLIENTELE_ASSIGN_OR_RETURN(Customers customers, ReadPurchases(data));
  return FitJob<training::btyd::ParetoNbdLikelihood>(std::move(customers), training::btyd::ParetoNbdTraits);
}

absl::StatusOr<Job> GammaGammaJob(const JobData& data) {
  Customers customers;
  CLIENTELE_ASSIGN_OR_RETURN(customers.first, data.ReadNumbers("x"));
  CLIENTELE_ASSIGN_OR_RETURN(customers.second, data.ReadNumbers("m"));
  customers.weights.assign(customers.first.size(), 1);
  return FitJob<training::btyd::GammaGammaLikelihood>(std::move(customers), training::btyd::GammaGammaTraits);
}

}  // namespace clientele::benchmark
