// The Open Inference Protocol over our models: what inference.GRPCInferenceService answers, without gRPC.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "inference/open_inference_service.pb.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/score_metrics.h"
#include "services/inference/scoring/scored_rows.h"

namespace clientele::inference {

// Thread-safe. A call scores all its rows by the version it found at its begin. Errors: those of Resolve and
// CheckAvailable, INVALID_ARGUMENT of a name or tensor.
class OpenInference {
 public:
  // All must outlive it. `observer` may be null; the rows it sees are nobody's.
  OpenInference(const Registry& registry, ScoreMetrics& metrics, ScoreObserver* observer)
      : registry_(registry), metrics_(metrics), observer_(observer) {}

  ::inference::ServerMetadataResponse ServerMetadata() const;
  // Whether it can score now; an error is a name that cannot be one.
  absl::StatusOr<bool> IsReady(const ::inference::ModelReadyRequest& request) const;
  absl::StatusOr<::inference::ModelMetadataResponse> ModelMetadata(
      const ::inference::ModelMetadataRequest& request) const;

  // Whether Infer takes microseconds: few rows.
  static bool IsBrief(const ::inference::ModelInferRequest& request);
  absl::StatusOr<::inference::ModelInferResponse> Infer(const rpc::Call& call,
                                                        const ::inference::ModelInferRequest& request) const;

 private:
  const Registry& registry_;
  ScoreMetrics& metrics_;
  ScoreObserver* const observer_;
};

}  // namespace clientele::inference
