// Where it is known what became of customers: the seam between monitoring and ingestion.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace clientele::inference {

struct CustomerInstant {
  std::string customer_id;
  absl::Time as_of;
};

// Thread-safe.
class LabelSource {
 public:
  virtual ~LabelSource() = default;
  // The label after each instant, in order; none where its window is not over or the customer has none. Blocks at
  // most until `call` stops. UNAVAILABLE with INGESTION_UNAVAILABLE: it does not answer; other errors are ingestion's
  // own.
  virtual absl::StatusOr<std::vector<std::optional<double>>> Labels(const TenantId& tenant,
                                                                    const common::v1::Label& label,
                                                                    absl::Span<const CustomerInstant> instants,
                                                                    const rpc::Call& call) = 0;
};

}  // namespace clientele::inference
