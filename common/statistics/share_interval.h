// How sure a share is.
#pragma once

namespace clientele::statistics {

struct ShareInterval {
  double lower = 0;
  double upper = 1;
};

// Wilson's (1927) 95 % interval of `count` of `rows`: never outside [0, 1], and sound where the share is 0 or 1. All of
// [0, 1] where there is no row.
ShareInterval IntervalOfShare(double count, double rows);

}  // namespace clientele::statistics
