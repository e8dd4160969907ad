// Everything that is kept of one customer, for the customer (GDPR, Articles 15 and 20).
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/consent_store.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// False where the receiver has gone; may move the message away.
using ExportSink = absl::FunctionRef<bool(v1::ExportCustomerDataResponse&)>;

// The profile, the records, oldest first, then what of the quarantine is theirs, then their consents. NOT_FOUND
// (CUSTOMER_NOT_FOUND): there is nothing. CANCELLED: the receiver has gone; the errors of `stop` and the stores.
absl::Status ExportCustomer(const storage::RecordStore& store, const storage::ConsentStore& consents,
                            CustomerKeys& keys, const TenantId& tenant, absl::string_view customer_id, absl::string_view base_currency,
                            const StopToken& stop, ExportSink sink);

}  // namespace clientele::ingestion
