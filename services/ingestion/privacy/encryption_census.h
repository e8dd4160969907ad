// How things stand with keys and with what they seal.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/admin/v1/encryption_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// Of one tenant, or of all of them together; without the name and the records. Reads every key.
absl::StatusOr<admin::v1::Encryption> CountKeys(CustomerKeys& keys, const std::optional<TenantId>& tenant,
                                                const StopToken& stop);

// Reads every record of the tenant, those in quarantine too.
absl::StatusOr<admin::v1::Encryption::RecordCounts> CountSealedRecords(const storage::RecordStore& store,
                                                                       CustomerKeys& keys, const TenantId& tenant,
                                                                       const StopToken& stop);

}  // namespace clientele::ingestion
