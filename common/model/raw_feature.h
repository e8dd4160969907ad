// Numbers that a model reads in the feature's own units, straight from its column: of a purchase history, say. There a
// missing number must not become another one, so preprocessing puts a mark in its place that the model looks for.
#pragma once

#include <limits>

namespace clientele::model {

// The lowest float32, whose bits a column of either width keeps. A number as low as that counts as missing too.
inline constexpr double kMissingRaw = std::numeric_limits<float>::lowest();

inline bool IsMissingRaw(double column) { return column == kMissingRaw; }

}  // namespace clientele::model
