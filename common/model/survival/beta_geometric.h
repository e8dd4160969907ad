// Retention from period to period (Fader and Hardie 2007): each customer leaves at every renewal with a probability of
// its own, Beta(alpha, beta) distributed among customers. S(n) = B(alpha, beta + n) / B(alpha, beta) stay n periods;
// who has stayed is the more loyal, so that retention rates rise. Portable: the same bits on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace clientele::model {

class BetaGeometric {
 public:
  // Both > 0.
  BetaGeometric(double alpha, double beta) : alpha_(alpha), beta_(beta) {}

  // log of S(stayed + periods) / S(stayed).
  double LogSurvival(int64_t stayed, int64_t periods) const;
  // Its derivatives by alpha and beta.
  std::array<double, 2> LogSurvivalSlopes(int64_t stayed, int64_t periods) const;
  // Of those who have stayed `stayed` periods, how many renew the next time.
  double RetentionRate(int64_t stayed) const;
  // The first number of periods after which no more than half of those who have stayed are there.
  int64_t MedianRemaining(int64_t stayed) const;
  // Expected further renewals: (beta + stayed) / (alpha - 1); none where alpha <= 1: the mean is infinite.
  std::optional<double> MeanRemaining(int64_t stayed) const;
  // Further renewals, the k-th discounted by (1 + rate)^-(k - 1): as seen just before the next renewal (Fader and
  // Hardie 2010). `rate` is 0, which is the mean, or at least kLeastRate. Cost: some 35 / rate multiplications.
  std::optional<double> DiscountedRemaining(int64_t stayed, double rate) const;

  static constexpr double kLeastRate = 1e-4;

 private:
  double alpha_;
  double beta_;
};

}  // namespace clientele::model
