// The jobs of survival models: from arrays of rows to fitted coefficients, sorting by time included.
#pragma once

#include "absl/status/statusor.h"
#include "tests/benchmark/learner_bench/job_data.h"
#include "tests/benchmark/learner_bench/jobs.h"

namespace clientele::benchmark {

// Arrays X [n x d], t, event (1 ended, 0 not yet). Objective: the mean negative partial log-likelihood, ties by Efron.
absl::StatusOr<Job> CoxJob(const JobData& data);

}  // namespace clientele::benchmark
