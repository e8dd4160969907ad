// Numbers that are easy to say.
#pragma once

#include <string>

namespace clientele::training {

// The number of the fewest significant digits in (below, upto], near their middle; `upto` where there is none shorter.
double RoundNumberBetween(double below, double upto);

// As few digits as it takes: "410", "31.5", "-0.02".
std::string FormatRounded(double value);

}  // namespace clientele::training
