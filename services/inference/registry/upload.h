// An artifact while it comes in: counted, digested and written on, piece by piece, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/storage/version_store.h"

namespace clientele::inference {

inline constexpr int64_t kMaxArtifactBytes = int64_t{1} << 30;
inline constexpr int64_t kMaxChunkBytes = int64_t{1} << 20;

// What is to be published, as the header says it, checked.
struct PublishOrder {
  PublishOrder(TenantId t, std::string m) : tenant(std::move(t)), model(std::move(m)) {}

  TenantId tenant;
  std::string model;
  std::string sha256;      // Lower-case hex.
  int64_t size_bytes = 0;  // 0: not told.
  std::string request_id;
  std::string training_job;
  clientele::model::v1::GateDecision gate_decision;
  std::vector<std::string> aliases;  // Ordered, each once.
};

// INVALID_ARGUMENT naming the first field that is wrong.
absl::StatusOr<PublishOrder> ParsePublishOrder(const v1::PublishModelVersionRequest::Header& header);

// The same for requests that ask for the same, however often they are sent.
std::string FingerprintOf(const PublishOrder& order);

// Thread-compatible.
class Upload {
 public:
  explicit Upload(std::unique_ptr<storage::StagedArtifact> artifact) : artifact_(std::move(artifact)) {}

  // INVALID_ARGUMENT: an empty or too long piece, or more than `order.size_bytes` or kMaxArtifactBytes in all.
  absl::Status Append(const PublishOrder& order, absl::string_view chunk);
  // Once, at the end: whether size and digest are what `order` says. INVALID_ARGUMENT with ARTIFACT_INVALID.
  absl::Status Finish(const PublishOrder& order);

  int64_t size_bytes() const { return size_bytes_; }
  std::unique_ptr<storage::StagedArtifact>& artifact() { return artifact_; }

 private:
  std::unique_ptr<storage::StagedArtifact> artifact_;
  Sha256 digest_;
  int64_t size_bytes_ = 0;
};

}  // namespace clientele::inference
