// How much better than a named simple rule a model is, as a letter: A, B or C (the scale of Dynamics 365, which looks
// at the gain alone). Here a gain inside the noise is no gain.
//
//   A: the gain is beyond the noise and at least `excellent_gain`.
//   B: the gain is beyond the noise: its 95 % interval lies above 0.
//   C: else.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/parts.h"
#include "services/training/evaluation/bootstrap.h"

namespace clientele::training {

struct GradeRule {
  std::string measure;        // A share, more is better: "share of high-value customers found".
  std::string baseline;       // "past spend rate".
  double excellent_gain = 0;  // Of the measure: 0.1 is ten points.
};

// The measure's values for the model and for the baseline.
struct Comparison {
  double model = 0;
  double baseline = 0;
};

// Of n rows that count so often. Called from many threads at once.
using WeightedComparison = absl::FunctionRef<Comparison(RowCounts counts)>;

// Grades by `compare` on n >= 1 holdout rows, with an interval by bootstrap (see bootstrap.h): model and baseline see
// the same draws. The same for any number of threads and parts, each of which has all rows.
absl::StatusOr<model::v1::Grade> MakeGrade(const GradeRule& rule, int64_t rows, int threads, WeightedComparison compare,
                                           dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
