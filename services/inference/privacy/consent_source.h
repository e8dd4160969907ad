// Where customers' consents come from: the seam between inference and ingestion's ConsentService.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "clientele/ingestion/v1/consent_service.pb.h"

namespace clientele::inference {

// Thread-safe.
class ConsentSource {
 public:
  virtual ~ConsentSource() = default;
  // Calls with what changed after `sequence`, in order, and waits for more, until `visit` says false, Stop was called
  // or the connection breaks: OK, CANCELLED, or its error.
  virtual absl::Status Watch(int64_t sequence,
                             absl::FunctionRef<bool(const ingestion::v1::WatchScoringConsentsResponse&)> visit) = 0;
  // Ends what is under way, and lets nothing begin. For shutting down.
  virtual void Stop() = 0;
};

}  // namespace clientele::inference
