// A likelihood's derivatives, and the same by central differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

struct Derivatives {
  std::vector<double> values, slopes, curvatures;  // [n], [n x p], [n x p(p+1)/2]
};

inline Derivatives Evaluate(const Likelihood& likelihood, const LikelihoodRows& rows,
                            const std::vector<double>& log_parameters, bool own) {
  const size_t n = rows.first.size(), p = likelihood.parameter_names().size();
  Derivatives result{std::vector<double>(n), std::vector<double>(n * p), std::vector<double>(n * p * (p + 1) / 2)};
  likelihood.Evaluate(rows, 0, static_cast<int64_t>(n), log_parameters.data(), own, result.values.data(),
                      result.slopes.data(), result.curvatures.data());
  return result;
}

inline void ExpectDerivativesOfDifferences(const Likelihood& likelihood, const LikelihoodRows& rows,
                                           const std::vector<double>& log_parameters) {
  constexpr double kStep = 1e-4;
  const size_t n = rows.first.size(), p = log_parameters.size(), triangle = p * (p + 1) / 2;
  const Derivatives at = Evaluate(likelihood, rows, log_parameters, false);
  for (size_t i = 0; i < p; ++i) {
    std::vector<double> above = log_parameters, below = log_parameters;
    above[i] += kStep;
    below[i] -= kStep;
    const Derivatives high = Evaluate(likelihood, rows, above, false), low = Evaluate(likelihood, rows, below, false);
    for (size_t row = 0; row < n; ++row) {
      const double slope = at.slopes[row * p + i];
      EXPECT_NEAR(slope, (high.values[row] - low.values[row]) / (2 * kStep), 1e-6 * (1 + std::abs(slope)))
          << row << " " << i;
      for (size_t j = i; j < p; ++j) {
        const double curvature = at.curvatures[row * triangle + i * p - i * (i + 1) / 2 + j];
        const double expected = (high.slopes[row * p + j] - low.slopes[row * p + j]) / (2 * kStep);
        EXPECT_NEAR(curvature, expected, 1e-6 * (1 + std::abs(curvature))) << row << " " << i << " " << j;
      }
    }
  }
}

}  // namespace clientele::training::btyd
