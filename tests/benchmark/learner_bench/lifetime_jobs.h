// The jobs of models of purchases and spend: from arrays of customers to fitted parameters, collapsing of equal rows included.
#pragma once

#include "absl/status/statusor.h"
#include "tests/benchmark/learner_bench/job_data.h"
#include "tests/benchmark/learner_bench/jobs.h"

namespace clientele::benchmark {

// Arrays x, t_x, T. Objective: the mean negative log-likelihood a customer.
absl::StatusOr<Job> BgNbdJob(const JobData& data);
absl::StatusOr<Job> ParetoNbdJob(const JobData& data);
// Arrays x, m (mean spend).
absl::StatusOr<Job> GammaGammaJob(const JobData& data);

}  // namespace clientele::benchmark
