#include "services/training/learners/gram.h"

namespace clientele::training {

void AddGram(const double* rows, const double* weights, int width, double* packed) {
  const double* x0 = rows;
  const double* x1 = rows + width;
  const double* x2 = rows + 2 * width;
  const double* x3 = rows + 3 * width;
  for (int i = 0; i < width; ++i) {
    const double a0 = weights[0] * x0[i];
    const double a1 = weights[1] * x1[i];
    const double a2 = weights[2] * x2[i];
    const double a3 = weights[3] * x3[i];
    for (int j = i; j < width; ++j) packed[j - i] += (a0 * x0[j] + a1 * x1[j]) + (a2 * x2[j] + a3 * x3[j]);
    packed += width - i;
  }
}

void Unpack(const double* packed, int width, double* full) {
  for (int i = 0; i < width; ++i) {
    for (int j = i; j < width; ++j, ++packed) {
      full[static_cast<int64_t>(i) * width + j] = *packed;
      full[static_cast<int64_t>(j) * width + i] = *packed;
    }
  }
}

}  // namespace clientele::training
