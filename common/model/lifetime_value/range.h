// A number with the interval that the parameters' uncertainty gives it: the delta method, on the scale on which the number
// is closest to normal. A positive number has it on the logarithm, a probability on the log odds: so neither end ever
// leaves what is possible.
#pragma once

namespace clientele::model {

struct Range {
  double value = 0;
  double lower = 0;
  double upper = 0;
};

// The normal deviate that `coverage`, in (0, 1), of a normal distribution lies within.
double NormalDeviate(double coverage);

// value x exp(+- deviate x sd), sd^2 = `variance` / value^2; `variance` is that of the value. 0 stays 0.
Range PositiveRange(double value, double variance, double deviate);

// The same on log odds. 0 and 1 stay what they are.
Range ProbabilityRange(double probability, double variance, double deviate);

}  // namespace clientele::model
