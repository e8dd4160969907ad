#include "services/training/evaluation/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/quantile.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

constexpr uint64_t kSeed = 500;

// How often each of the rows is drawn, [n]. That one is drawn 2^16 times is less likely than 1 in 10^200000.
void Draw(int resample, std::vector<uint16_t>& counts) {
  const uint64_t n = counts.size();
  std::fill(counts.begin(), counts.end(), 0);
  Random random(kSeed, static_cast<uint64_t>(resample));
  for (uint64_t draw = 0; draw < n; ++draw) ++counts[random.Below(n)];
}

}  // namespace

absl::StatusOr<Interval> BootstrapInterval(int64_t rows, int threads, WeightedMeasure measure, dataset::Parts& parts) {
  const int first = kResamples * parts.rank() / parts.size(), last = kResamples * (parts.rank() + 1) / parts.size();
  std::vector<double> values(last - first);
#pragma omp parallel num_threads(threads)
  {
    std::vector<uint16_t> counts(rows);
#pragma omp for schedule(dynamic, 4)
    for (int resample = first; resample < last; ++resample) {
      Draw(resample, counts);
      values[resample - first] = measure(counts);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(values, dataset::AllGatherRows(std::move(values), parts));
  std::erase_if(values, [](double value) { return std::isnan(value); });
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return Interval{kNaN, kNaN};
  std::sort(values.begin(), values.end());
  return Interval{model::SortedQuantile(values, 0.025), model::SortedQuantile(values, 0.975)};
}

}  // namespace clientele::training
