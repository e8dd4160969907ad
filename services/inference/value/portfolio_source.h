// Where all customers' features come from: the seam between what is of a whole portfolio and ingestion.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace clientele::inference {

// Of the shards that customers live in.
struct ShardRange {
  int first = 0;
  int count = 0;  // 0: all from the first on.
};

// Thread-safe.
class PortfolioSource {
 public:
  virtual ~PortfolioSource() = default;
  // Calls `visit` with the parts of the dataset, in order: its header, then chunks by shard. What `visit` returns that
  // is not OK ends it. Blocks at most until `call` stops. UNAVAILABLE with INGESTION_UNAVAILABLE: it does not answer,
  // or broke off; other errors are ingestion's own, UNKNOWN_FEATURE with the known ones listed.
  virtual absl::Status Read(const TenantId& tenant, const common::v1::DatasetSpec& spec, ShardRange shards,
                            const rpc::Call& call,
                            absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) = 0;
};

}  // namespace clientele::inference
