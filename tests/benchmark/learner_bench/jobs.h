// The jobs learner_bench knows, each a learner called as the training pipeline calls it.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "tests/benchmark/learner_bench/job_data.h"

namespace clientele::benchmark {

struct Outcome {
  double objective = 0;  // As the other libraries' objective is told: see jobs.cc.
  int iterations = 0;
  double gradient_norm = 0;
};

struct Job {
  std::function<absl::StatusOr<Outcome>(int threads)> fit;
};

// Reads the job's data. INVALID_ARGUMENT: an unknown job, the known ones are listed; errors of JobData.
absl::StatusOr<Job> PrepareJob(const std::string& directory, const std::string& job);

}  // namespace clientele::benchmark
