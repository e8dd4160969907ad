// One call of SetConsents: decides what changes, and collects it; nothing is seen before it is written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/consent_store.h"
#include "common/storage/rocksdb/consent_records.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {

// Thread-compatible. `key` is the tenant's; changes get the sequences after `last_sequence` and go into `batch`. All
// that is given outlives it.
class ConsentWriter {
 public:
  ConsentWriter(const Database& database, const TenantId& tenant, const privacy::DigestKey& key, int64_t last_sequence,
                rocksdb::WriteBatch& batch)
      : database_(database), tenant_(tenant), key_(key), sequence_(last_sequence), batch_(batch) {}

  // Errors are the database's; the caller's own are in the result.
  absl::StatusOr<SetConsent> Set(const NewConsent& said);

  int64_t sequence() const { return sequence_; }
  // What is to stand, by digest and text(purpose).
  const std::map<std::string, Standing>& changed() const { return changed_; }

 private:
  absl::StatusOr<std::optional<Standing>> Stands(const std::string& rest) const;
  // Whether the request id was used before; sets `status` where that was for something else.
  absl::StatusOr<bool> IsRepeated(const privacy::Digest& customer, const NewConsent& said, absl::Status& status) const;
  ingestion::v1::ScoringConsent Put(const privacy::Digest& customer, const std::string& rest,
                                    const std::optional<Standing>& before, const NewConsent& said);

  const Database& database_;
  const TenantId& tenant_;
  const privacy::DigestKey key_;
  int64_t sequence_;
  rocksdb::WriteBatch& batch_;
  std::map<std::string, Standing> changed_;
};

}  // namespace clientele::storage
