// What became of one customer after an instant, on demand: the same code as a dataset's labels.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"

namespace clientele::features {

struct CustomerLabel {
  bool found = false;            // Some record of the customer was ingested by `known_at`.
  std::optional<double> value;   // None: the window is not over at `known_at`, or the customer has no such attribute.
};

// `label` must be valid for some instant; days are those of `zone`. Errors: those of the store; INTERNAL,
// STORAGE_FAILED where a record's bytes are damaged.
absl::StatusOr<CustomerLabel> ReadCustomerLabel(const storage::RecordStore& store, const TenantId& tenant,
                                                absl::string_view customer_id, const common::v1::Label& label,
                                                absl::Time as_of, absl::Time known_at, absl::TimeZone zone);

}  // namespace clientele::features
