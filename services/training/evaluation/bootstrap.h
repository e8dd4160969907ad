// The bootstrap over rows (Efron 1979): how much a measure would have varied had other customers been looked at.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/dataset/parts.h"

namespace clientele::training {

inline constexpr int kResamples = 500;

struct Interval {
  double lower = 0;
  double upper = 0;
};

// How often each of n rows counts, [n].
using RowCounts = absl::Span<const uint16_t>;

// A measure of n rows that count so often. Called from many threads at once.
using WeightedMeasure = absl::FunctionRef<double(RowCounts counts)>;

// The 2.5 % and 97.5 % quantiles of `measure` over kResamples draws of n >= 1 rows out of n, with replacement. Draws
// that give NaN (a class was not drawn) do not count; NaN where none is left. To compare two models, measure their
// difference: both then see the same draws. The draws depend on n alone, so the result is the same for any number of
// threads and parts. Every part has all of the rows, and makes some of the draws. Errors: those of `parts`. Cost:
// O(kResamples (n + measure)), shared out; 2 n bytes a thread.
absl::StatusOr<Interval> BootstrapInterval(int64_t rows, int threads, WeightedMeasure measure,
                                           dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
