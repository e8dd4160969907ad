// The scoring alone, rows in the first cache, one core: no server, no names.
//
// "columns to score" is what a model is: from encoded columns (float64) to the output with its link, and the percentile
// of it. "cells to score" begins with what a request holds: imputing, rounding to float32, cutting and scaling, and
// saying what was imputed. "one row" is the same for a single row, as Score does it.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/model/predictor.h"
#include "tests/benchmark/learner_bench/limits.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

constexpr int kRows = 64;  // Columns and predictions fit the first cache together.

std::shared_ptr<const model::Predictor> MustLoad(const clientele::model::v1::ModelArtifact& artifact) {
  auto predictor = model::Predictor::Load(SerializedModel(artifact));
  if (!predictor.ok()) std::abort();
  return *std::move(predictor);
}

// Rows a second of `score`, which does kRows of them: of the best of many short slices, so that others on the machine
// do not count.
template <typename Score>
double RowsPerSecond(absl::Duration duration, const Score& score) {
  const absl::Time end = absl::Now() + duration;
  double best = 0;
  do {
    constexpr int kSlice = 64;
    const absl::Time start = absl::Now();
    for (int i = 0; i < kSlice; ++i) score();
    best = std::max(best, kSlice * kRows / absl::ToDoubleSeconds(absl::Now() - start));
  } while (absl::Now() < end);
  return best;
}

// Against a goal: rows a second that the first figure must reach.
struct Goal {
  std::string beside;
  double rows_per_second = 0;
  std::string ratio;
};

class Kernel {
 public:
  Kernel(std::string what, const clientele::model::v1::ModelArtifact& artifact)
      : what_(std::move(what)), predictor_(MustLoad(artifact)) {
    for (int r = 0; r < kRows; ++r) {
      for (int f = 0; f < kFeatures; ++f) {
        cells_.push_back(model::Cell::Number(FeatureValue(r, f)));
        columns_.push_back((FeatureValue(r, f) - f) / 2);
      }
    }
  }

  void Measure(const Goal& goal, const RunOptions& options) {
    const double columns = RowsPerSecond(options.Duration(), [&] {
      predictor_->PredictColumns(columns_, workspace_, absl::MakeSpan(predictions_));
    });
    Print("columns to score", columns, goal.beside, goal.rows_per_second, goal.ratio);
    const std::string beside = absl::StrFormat("%.1f M rows/s from columns", columns / 1e6);
    const double cells = RowsPerSecond(options.Duration(), [&] {
      predictor_->PredictRows(cells_, /*explain=*/false, workspace_, absl::MakeSpan(predictions_));
    });
    Print("cells to score", cells, beside, columns, "");
    const double alone = RowsPerSecond(options.Duration(), [&] {
      for (int r = 0; r < kRows; ++r) {
        const auto row = absl::MakeConstSpan(cells_).subspan(r * kFeatures, kFeatures);
        predictor_->PredictRows(row, /*explain=*/false, workspace_, absl::MakeSpan(predictions_).subspan(r, 1));
      }
    });
    Print("cells to score, one row", alone, beside, columns, "");
  }

 private:
  void Print(absl::string_view path, double rate, const std::string& beside, double base, const std::string& goal) {
    PrintLine({absl::StrCat("kernel, ", path, ": ", what_), absl::StrFormat("%.1f M rows/s", rate / 1e6), beside,
               rate / base, goal});
  }

  std::string what_;
  std::shared_ptr<const model::Predictor> predictor_;
  std::vector<model::Cell> cells_;  // [kRows x kFeatures]
  std::vector<double> columns_;     // [kRows x kFeatures]
  model::Workspace workspace_;
  std::vector<model::Prediction> predictions_ = std::vector<model::Prediction>(kRows);
};

}  // namespace

void MeasureKernels(const RunOptions& options) {
  Kernel("linear, 32 features", LinearModel(0)).Measure({"50 M rows/s", 50e6, ">= 1"}, options);
  // Half as many lanes as in float32, and two operations each.
  const double multiply_adds = MeasureLimits(/*threads=*/1).flops_per_second / 4;
  const double bound = multiply_adds / (kClusters * kFeatures);
  Kernel("K-means, 32 segments, 32 features", ClusterModel(0))
      .Measure({absl::StrFormat("%.1f M rows/s by float64 FMA", bound / 1e6), bound, ">= 0.67"}, options);
}

}  // namespace clientele::benchmark
