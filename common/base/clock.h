// Time as a dependency: whoever needs the present is given a Clock, so that tests can set it.
#pragma once

#include "absl/time/time.h"

namespace clientele {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace clientele
