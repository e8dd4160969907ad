// Exact Shapley values (Shapley 1953): how much of the difference between a customer and the average one each of a few
// players is to be held responsible for, averaged over all orders in which they may come.
//
//   phi_i = sum over coalitions S without i of |S|! (n - |S| - 1)! / n! x (v(S + i) - v(S))
//
// They add up to v(everybody) - v(nobody). Cost: 2^n values.
#pragma once

#include "absl/types/span.h"

namespace clientele::model {

// `values` [2^n]: what a coalition is worth, by the bits of its members. Sets `players` [n].
void ShapleyValues(absl::Span<const double> values, absl::Span<double> players);

}  // namespace clientele::model
