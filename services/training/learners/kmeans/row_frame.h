// What a clustering knows of its rows before it starts: the point they are measured from, and the unit they are summed
// in.
//
// Notation: n rows, d columns, w a row's weight. Sums over rows are taken in integers: w (x_j - shift_j), rounded to a
// multiple of 1 / scale_j, about 2^-42 of the column's largest for a million rows. Integers add up to the same whatever
// the order, so sums are the same bits for any number of threads and ranks, and a row that was added can be taken out
// again.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_vector.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Immutable. The same on every rank.
struct RowFrame {
  // x + kMagic has the nearest integer to x in its lowest bits, for |x| < 2^51.
  static constexpr double kMagic = 0x1.8p52;

  AlignedVector<float> shift;   // [d]: near the mean of each column.
  AlignedVector<double> scale;  // [d]: powers of two.
  double weight_scale = 1;      // A power of two.
  int64_t rows = 0;             // n, over all ranks.
  double weight = 0;            // Of all rows.
  std::vector<double> means;    // [d]
  std::vector<double> squares;  // [d]: sum of w (x_j - shift_j)^2.

  int64_t ToUnits(float value, double weight_of_row, int j) const {
    return Round((double{value} - double{shift[j]}) * weight_of_row * scale[j]);
  }
  int64_t WeightToUnits(double weight_of_row) const { return Round(weight_of_row * weight_scale); }
  // Population deviations, [d].
  std::vector<double> Deviations() const;
  // Sum of w |x - centre|^2. `centre` [d].
  double InertiaAround(absl::Span<const double> centre) const;

 private:
  static int64_t Round(double value) {
    return __builtin_bit_cast(int64_t, value + kMagic) - __builtin_bit_cast(int64_t, kMagic);
  }
};

// One pass. INVALID_ARGUMENT: of UnfitValues, or the rows spread so far that their distances leave float32. Errors of
// `sums`.
absl::StatusOr<RowFrame> MakeRowFrame(const ShardSums& sums);

}  // namespace clientele::training
