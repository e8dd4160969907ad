// The scoring alone, rows in cache, one core: no server, no names.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/model/predictor.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

constexpr int kRows = 256;

std::shared_ptr<const model::Predictor> MustLoad(const clientele::model::v1::ModelArtifact& artifact) {
  auto predictor = model::Predictor::Load(SerializedModel(artifact));
  if (!predictor.ok()) std::abort();
  return *std::move(predictor);
}

// Rows a second of `score`, which does kRows of them.
template <typename Score>
double RowsPerSecond(absl::Duration duration, const Score& score) {
  const absl::Time start = absl::Now();
  int64_t rows = 0;
  while (absl::Now() - start < duration) {
    for (int i = 0; i < 16; ++i) score();
    rows += 16 * kRows;
  }
  return static_cast<double>(rows) / absl::ToDoubleSeconds(absl::Now() - start);
}

void MeasureKernel(const std::string& what, const model::Predictor& predictor, double goal, const RunOptions& options) {
  std::vector<double> columns(kRows * kFeatures);
  for (int r = 0; r < kRows; ++r) {
    for (int f = 0; f < kFeatures; ++f) columns[r * kFeatures + f] = (FeatureValue(r, f) - f) / 2;
  }
  double sum = 0;
  const double rate = RowsPerSecond(options.Duration(), [&] {
    for (int r = 0; r < kRows; ++r) {
      sum += predictor.PredictColumns(absl::MakeConstSpan(columns).subspan(r * kFeatures, kFeatures)).output;
    }
  });
  if (!(sum == sum)) std::abort();  // Or the scoring would be left out as unused.
  PrintLine({what, absl::StrFormat("%.1f M rows/s", rate / 1e6), absl::StrFormat("%.0f M rows/s", goal / 1e6),
             rate / goal, ">= 1"});
}

}  // namespace

void MeasureKernels(const RunOptions& options) {
  MeasureKernel("kernel: linear, 32 features", *MustLoad(LinearModel(0)), 50e6, options);
  MeasureKernel("kernel: K-means, 32 segments, 32 features", *MustLoad(ClusterModel(0)), 35e6, options);
}

}  // namespace clientele::benchmark
