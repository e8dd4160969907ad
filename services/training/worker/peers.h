// What a training job needs from the other two programs. Over gRPC in dataset_client.h and model_client.h, fakes in tests.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// Ingestion. Thread-safe.
class DatasetSource {
 public:
  virtual ~DatasetSource() = default;

  // All of it, in memory. `on_rows` hears how many rows there are and which share of the shards they cover. Errors:
  // ingestion's; UNAVAILABLE with INGESTION_UNAVAILABLE where it does not answer; what `stop` says.
  virtual absl::StatusOr<dataset::Dataset> Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                const StopToken& stop,
                                                absl::FunctionRef<void(int64_t rows, double share)> on_rows) = 0;
};

// Ingestion, for one rank of many. Thread-safe.
class ShardSource {
 public:
  virtual ~ShardSource() = default;

  // Shards [first, first + count) of a dataset, as Read; the others are empty.
  virtual absl::StatusOr<dataset::Dataset> ReadShards(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                      int first, int count, const StopToken& stop,
                                                      absl::FunctionRef<void(int64_t rows, double share)> on_rows) = 0;
};

// Inference. Thread-safe.
class ModelRegistry {
 public:
  virtual ~ModelRegistry() = default;

  // The version that serves now; nothing where the model has none. Errors: inference's; UNAVAILABLE with
  // INFERENCE_UNAVAILABLE where it does not answer; what `stop` says.
  virtual absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId& tenant,
                                                                              absl::string_view model,
                                                                              const StopToken& stop) = 0;

  // The bytes of that version's artifact, by its name. Errors as above; NOT_FOUND, DATA_LOSS where it is gone or damaged.
  virtual absl::StatusOr<std::string> Artifact(absl::string_view version, const StopToken& stop) = 0;

  // The version that `artifact` has become. The same header and artifact again give the same version. Errors as above.
  virtual absl::StatusOr<inference::v1::ModelVersion> Publish(
      const inference::v1::PublishModelVersionRequest::Header& header, absl::string_view artifact,
      const StopToken& stop) = 0;
};

}  // namespace clientele::training
