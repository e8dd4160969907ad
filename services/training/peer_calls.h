// What the two clients share: how they wait, give up and try again.
#pragma once

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/stop_token.h"
#include "common/rpc/call.h"

namespace clientele::training {

// How often and how long apart a call that may be repeated is tried while its server is away.
inline constexpr int kAttempts = 3;
inline constexpr absl::Duration kFirstPause = absl::Milliseconds(500);

// A call as if it were made for one that ends with `stop`.
inline rpc::Call CallUntil(const StopToken& stop) {
  rpc::Call call;
  call.stop = stop;
  return call;
}

// Sleeps, but not past `stop`.
inline absl::Status Pause(absl::Duration duration, const StopToken& stop) {
  for (const absl::Time end = absl::Now() + duration; absl::Now() < end;) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    absl::SleepFor(std::min(end - absl::Now(), absl::Milliseconds(50)));
  }
  return stop.Check();
}

// `call`, again where it says UNAVAILABLE. At last that becomes UNAVAILABLE with `reason`, for the caller to tell which
// program is away.
inline absl::Status CallWithRetries(ErrorReason reason, absl::string_view what, const StopToken& stop,
                                    absl::FunctionRef<absl::Status()> call) {
  absl::Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt, pause *= 2) {
    const absl::Status status = call();
    if (!absl::IsUnavailable(status)) return Annotate(status, what);
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (attempt == kAttempts) return Error(status.code(), reason, Annotate(status, what).message());
    CLIENTELE_RETURN_IF_ERROR(Pause(pause, stop));
  }
}

}  // namespace clientele::training
