// Where a score lies among the training rows' scores.
#pragma once

#include <cstddef>

#include "absl/types/span.h"
#include "common/base/aligned_vector.h"

namespace clientele::model {

// Thread-safe: immutable.
class Percentiles {
 public:
  Percentiles() = default;
  // `quantiles` are 101, rising, of 0 % to 100 %; or none.
  explicit Percentiles(absl::Span<const double> quantiles);

  bool empty() const { return count_ == 0; }

  // 0 to 100; 0 where there are no quantiles. Between two quantiles linearly; a score that many rows share has the
  // middle of their percentiles.
  double Of(double score) const;
  // The same of many, in place.
  void OfEach(absl::Span<double> scores) const;

  // Quantiles in a block: the most lanes that a vector of doubles has.
  static constexpr size_t kBlock = 8;

 private:
  // `below` quantiles are lower than the score.
  double At(size_t below, double score) const;

  size_t count_ = 0;
  AlignedVector<double> quantiles_;  // In blocks, filled up with infinities.
  AlignedVector<double> lasts_;      // The last of each block; in blocks too.
};

}  // namespace clientele::model
