#include "tests/benchmark/learner_bench/survival_jobs.h"

#include <memory>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/learners/survival/cox.h"

namespace clientele::benchmark {
namespace {

using training::survival::CoxObjective;
using training::survival::FitCox;
using training::survival::Ties;

struct Customers {
  std::vector<double> columns;  // [n x d]
  std::vector<double> durations;
  std::vector<uint8_t> ended;
  int d = 0;
};

}  // namespace

absl::StatusOr<Job> CoxJob(const JobData& data) {
  auto customers = std::make_shared<Customers>();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> columns, data.ReadFloats("X"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> durations, data.ReadFloats("t"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> ended, data.ReadFloats("event"));
  customers->columns.assign(columns.begin(), columns.end());
  customers->durations.assign(durations.begin(), durations.end());
  for (const float event : ended) customers->ended.push_back(event == 1 ? 1 : 0);
  customers->d = static_cast<int>(data.ShapeOf("X")[1]);
  return Job{[customers](int threads) -> absl::StatusOr<Outcome> {
    CoxObjective objective({customers->durations, customers->ended, {}, {}}, customers->columns, customers->d,
                           Ties::kEfron, threads, StopToken());
    CLIENTELE_ASSIGN_OR_RETURN(const auto fit, FitCox(objective, {}));
    const auto rows = static_cast<double>(customers->durations.size());
    return Outcome{-fit.log_likelihood / rows, fit.iterations, fit.gradient_norm};
  }};
}

}  // namespace clientele::benchmark
