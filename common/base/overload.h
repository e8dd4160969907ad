// How a server that has too much to do says so.
#pragma once

#include "absl/status/status.h"

namespace clientele {

// RESOURCE_EXHAUSTED with TOO_MANY_CALLS and a RetryInfo: nothing was done, and in a moment there will be room.
absl::Status TooManyCalls();

}  // namespace clientele
