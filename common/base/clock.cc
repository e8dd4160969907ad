#include "common/base/clock.h"

#include "absl/time/clock.h"

namespace clientele {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace clientele
