// A comparison of two means that may be looked at any time, as often as one likes: the mixture sequential probability
// ratio test (Robbins 1970; Johari, Pekelis and Walsh 2017).
//
// Under "the means differ by t", the likelihood ratio of the observed difference d with variance V against t,
// averaged over t ~ N(0, tau^2), is a martingale of mean 1 if there is no difference; that it ever exceeds 1 / alpha
// has probability alpha at most. The interval is those differences that the same test would not refuse.
#pragma once

#include "absl/types/span.h"

namespace clientele::statistics {

// Below so many of either sample, variances are not known well enough to say anything.
inline constexpr int kLeastSequentialRows = 30;

struct SequentialComparison {
  double difference = 0;  // Mean of the first less that of the second.
  double lower = 0;       // 95 % at all times together; infinite where there are too few.
  double upper = 0;
  double p_value = 1;     // Valid at whatever moment one looks.
};

// `first` and `second` grow with time and are independent. tau is a tenth of the samples' standard deviation:
// differences of that size are found soonest. Pure. Cost: O(n).
SequentialComparison CompareMeans(absl::Span<const double> first, absl::Span<const double> second);

}  // namespace clientele::statistics
