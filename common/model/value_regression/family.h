// What a family of value regression says about a value: shared by the training losses and by scoring, which must agree.
#pragma once

#include <algorithm>

#include "clientele/model/v1/value_regression.pb.h"

namespace clientele::model {

using ValueFamily = v1::ValueRegressionParameters::Family;

// Models that were trained before there were families have none.
inline ValueFamily OrLeastSquares(ValueFamily family) {
  using Parameters = v1::ValueRegressionParameters;
  return family == Parameters::FAMILY_UNSPECIFIED ? Parameters::FAMILY_LEAST_SQUARES : family;
}

// The logarithm of the value (of the mean) is what is linear.
inline bool HasLogLink(ValueFamily family) {
  return OrLeastSquares(family) != v1::ValueRegressionParameters::FAMILY_LEAST_SQUARES;
}

inline bool HasSpread(ValueFamily family) {
  return family == v1::ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL;
}

// Whether there is any value is told apart from how much.
inline bool HasOccurrence(ValueFamily family) {
  return HasSpread(family) || family == v1::ValueRegressionParameters::FAMILY_HURDLE_GAMMA;
}

// exp of it is 1e217: no customer is worth that, and smeared it is still finite.
inline constexpr double kLargestLogValue = 500;

// The zero-inflated lognormal's spread, the logarithm of the deviation of log values, is cut to this range: deviations
// of 0.7 % to a factor of 88. Beyond it the mean of a lognormal says nothing about money any more.
inline constexpr double kLeastSpread = -5;
inline constexpr double kMostSpread = 1.5;

inline double CutSpread(double spread) { return std::clamp(spread, kLeastSpread, kMostSpread); }

}  // namespace clientele::model
