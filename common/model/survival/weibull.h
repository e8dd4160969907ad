// Weibull lifetimes (exponential where the shape is 1) of one customer: cumulative hazard H(t) = (t / scale)^shape.
// Portable: the same bits on every machine.
#pragma once

namespace clientele::model {

// Logarithms of times and hazards are cut to this size: exp of it, squared, is a number that an artifact may hold.
inline constexpr double kLargestLogTime = 130;

class Weibull {
 public:
  // Both > 0, given by logarithms that are cut to what numbers hold.
  Weibull(double log_scale, double shape);

  double LogHazard(double time) const;  // log H(t), t > 0.
  double Hazard(double time) const;     // H(t); 0 at 0.
  // The time after `from` by which the hazard has risen by `rise` > 0.
  double TimeOfRise(double from, double rise) const;
  // E[T - from | T > from]. Cost: one Gamma function from the start (from = 0), about 200 powers later on.
  double MeanRemaining(double from) const;

 private:
  double log_scale_;
  double shape_;
};

}  // namespace clientele::model
