// One call of SetConsents, inside the connection's transaction: decides what changes, and writes it.
#pragma once

#include <optional>

#include "common/storage/consent_store.h"
#include "common/storage/postgresql/connection.h"

namespace clientele::storage::postgresql {

// Thread-compatible. `key` is the tenant's, whose row the transaction holds.
class ConsentWriter {
 public:
  ConsentWriter(Connection& connection, const TenantId& tenant, const privacy::DigestKey& key)
      : connection_(connection), tenant_(tenant), key_(key) {}

  // Errors are the database's; the caller's own are in the result.
  absl::StatusOr<SetConsent> Set(const NewConsent& said);

 private:
  absl::StatusOr<std::optional<ingestion::v1::ScoringConsent>> Stands(const privacy::Digest& customer,
                                                                      absl::string_view purpose) const;
  // Whether the request id was used before; sets `status` where that was for something else.
  absl::StatusOr<bool> IsRepeated(const privacy::Digest& customer, const NewConsent& said, absl::Status& status) const;
  absl::Status Put(const privacy::Digest& customer, const std::optional<ingestion::v1::ScoringConsent>& before,
                   const ingestion::v1::ScoringConsent& next, const std::string& request_id);

  Connection& connection_;
  const TenantId& tenant_;
  const privacy::DigestKey key_;
};

}  // namespace clientele::storage::postgresql
