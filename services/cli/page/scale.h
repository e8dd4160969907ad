// From data to the page: a linear or logarithmic scale and the round values to mark on it.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace clientele::cli {

struct Range {
  double low = 0;
  double high = 1;
};

// The finite values' range; with `positive_only`, of those above 0. [0, 1] where there is none.
Range RangeOf(absl::Span<const double> values, bool positive_only = false);
// Both, together.
Range Union(const Range& a, const Range& b);

// Thread-compatible.
class Scale {
 public:
  enum class Kind { kLinear, kLog };

  // Maps `data` to the page's `pixels`, whose first may be the greater. A range of one value or of none is widened
  // around it.
  Scale(Range data, Range pixels, Kind kind = Kind::kLinear);

  // Cut to the pixels' range; a value that is not finite is at its beginning.
  double operator()(double value) const;
  // About `count` round values inside the range, rising: 1, 2 or 5 times a power of ten apart; the powers of ten
  // themselves where the scale is logarithmic and spans them.
  std::vector<double> Ticks(int count) const;

  const Range& data() const { return data_; }
  Kind kind() const { return kind_; }

 private:
  Range data_;
  Range pixels_;
  Kind kind_;
};

// `range` made to end on ticks, so that the outermost data do not lie on the frame.
Range Rounded(const Range& range, int count);

}  // namespace clientele::cli
