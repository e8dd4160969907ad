// What tells that a record in quarantine, which nobody has read rightly, is of a certain customer.
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {

// The id, and every e-mail address and telephone number that the customer's profiles ever had, as sent and as
// standardised.
class Identity {
 public:
  // Reads the customer's records; `opener` is of the tenant. Errors: the store's; INTERNAL where a record is damaged.
  static absl::StatusOr<Identity> Find(const storage::RecordStore& store, RecordOpener& opener, const TenantId& tenant,
                                       absl::string_view customer_id);

  // Whether the record has the id, or the address or the number of the customer.
  bool Has(const v1::Record& record) const;

 private:
  explicit Identity(absl::string_view customer_id) : customer_id_(customer_id) {}
  void Add(const v1::Record& record);

  std::string customer_id_;
  absl::flat_hash_set<std::string> contacts_;
};

}  // namespace clientele::ingestion
