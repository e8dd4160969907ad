#include "services/training/learners/survival/gram.h"

namespace clientele::training::survival {

void AddOuterProducts(const double* rows, const double* weights, int64_t n, int width, double* sum) {
  int64_t i = 0;
  // Four rows at a time: a sum is read and written once for them.
  for (; i + 4 <= n; i += 4) {
    const double* __restrict a = rows + i * width;
    const double* __restrict b = a + width;
    const double* __restrict c = b + width;
    const double* __restrict d = c + width;
    for (int j = 0; j < width; ++j) {
      const double wa = weights[i] * a[j], wb = weights[i + 1] * b[j], wc = weights[i + 2] * c[j],
                   wd = weights[i + 3] * d[j];
      double* __restrict to = sum + static_cast<int64_t>(j) * width;
      const int end = j / 2 * 2 + 2;
      for (int k = 0; k < end; ++k) to[k] += (wa * a[k] + wb * b[k]) + (wc * c[k] + wd * d[k]);
    }
  }
  for (; i < n; ++i) {
    const double* __restrict a = rows + i * width;
    for (int j = 0; j < width; ++j) {
      const double wa = weights[i] * a[j];
      double* __restrict to = sum + static_cast<int64_t>(j) * width;
      for (int k = 0; k <= j; ++k) to[k] += wa * a[k];
    }
  }
}

std::vector<double> Unpadded(absl::Span<const double> sum, int width, int columns) {
  std::vector<double> matrix(static_cast<size_t>(columns) * columns);
  for (int i = 0; i < columns; ++i) {
    for (int j = 0; j <= i; ++j) matrix[i * columns + j] = matrix[j * columns + i] = sum[i * width + j];
  }
  return matrix;
}

}  // namespace clientele::training::survival
