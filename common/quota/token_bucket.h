// A token bucket: `rate` tokens a second flow in, at most `burst` are kept, and what happens takes some out.
//
// Who finds one token may begin, whatever it then takes: the bucket goes into debt, and nobody begins until the debt is
// paid. So a batch that is larger than the burst is neither refused for ever nor split, and over any time T no more
// than burst + rate T + one batch is let through. A pure function of the times it is told; times before the last count
// as that.
#pragma once

#include "absl/time/time.h"

namespace clientele::quota {

// For one thread, or under a lock.
class TokenBucket {
 public:
  // Full. A rate of 0 limits nothing; a burst of 0 is what flows in in a second, and none is below 1.
  TokenBucket(double rate, double burst, absl::Time now);

  // What is in it stays, as far as there is place.
  void SetLimits(double rate, double burst, absl::Time now);

  // How long until there is a token; zero: there is one.
  absl::Duration Wait(absl::Time now) const;
  // Takes `tokens` out, into debt where there are fewer.
  void Take(double tokens, absl::Time now);

  double rate() const { return rate_; }

 private:
  double LevelAt(absl::Time now) const;

  double rate_ = 0;
  double burst_ = 1;
  double level_ = 1;  // At `at_`.
  absl::Time at_;
};

}  // namespace clientele::quota
