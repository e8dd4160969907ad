// Where erasures come from and reports of them go: the seam between inference and ingestion's PrivacyService.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"

namespace clientele::inference {

// Thread-safe.
class ErasureSource {
 public:
  virtual ~ErasureSource() = default;
  // Calls with every change of an erasure after `sequence`, in order, and waits for more, until `visit` says false,
  // Stop was called or the connection breaks: OK, CANCELLED, or its error.
  virtual absl::Status Watch(int64_t sequence,
                             absl::FunctionRef<bool(const ingestion::v1::WatchErasuresResponse&)> visit) = 0;
  virtual absl::Status Report(absl::Span<const ingestion::v1::ErasureReport> reports) = 0;
  // Ends what is under way, and lets nothing begin. For shutting down.
  virtual void Stop() = 0;
};

}  // namespace clientele::inference
