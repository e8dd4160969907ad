// at' matrix at, of a symmetric matrix that an artifact holds as its lower triangle, row by row; never below 0, as no
// variance is. Cost: [d x d] / 2.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "google/protobuf/repeated_field.h"

namespace clientele::model {

inline double QuadraticForm(const google::protobuf::RepeatedField<double>& triangle, absl::Span<const double> at) {
  double sum = 0;
  int64_t next = 0;
  for (size_t i = 0; i < at.size(); ++i) {
    for (size_t j = 0; j < i; ++j) sum += 2 * at[i] * at[j] * triangle[static_cast<int>(next++)];
    sum += at[i] * at[i] * triangle[static_cast<int>(next++)];
  }
  return std::max(sum, 0.0);
}

}  // namespace clientele::model
