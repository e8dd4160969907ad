// The inner loop of Pareto/NBD's likelihood, over rows of the same count x and the same r, in vectors of the widest
// instruction set there is: a lane is a row, and what one lane gets does not depend on its neighbours.
#pragma once

#include "services/training/learners/btyd/kernels.h"

namespace clientele::training::btyd {

// log Gamma(r + x) / Gamma(r) and its derivatives in log r.
struct PurchaseCount {
  double x = 0, r = 0;
  double value = 0, slope = 0, curvature = 0;
};

// Rows of times, and their own parameters [rows each].
struct ParetoRows {
  const double* recency;
  const double* age;
  const double* alpha;
  const double* s;
  const double* beta;
};

void ParetoRun(const PurchaseCount& count, const ParetoRows& rows, int size, const RunResult& result);

}  // namespace clientele::training::btyd
