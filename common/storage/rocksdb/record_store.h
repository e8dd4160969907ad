// Records in an embedded RocksDB: one directory, one process. record_keys.h says how the bytes lie.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/storage/ingestion_store.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/recent_keys.h"
#include "common/storage/rocksdb/record_keys.h"
#include "common/storage/rocksdb/reservation.h"
#include "common/storage/tenant_erasures.h"

namespace clientele::storage {

// Thread-safe; see RecordStore for the promises.
//
// Exactly once: a batch first reserves the ids of its records, so that a batch with one of them waits, and then looks
// them up; records, ids, counts and quarantine go into one synced write. The reservation ends after the write.
// Concurrent batches without a common id share one sync of the log.
//
// Suppression: an append holds the gate from its look at the list to its write; who changes the list closes it.
class RocksRecordStore final : public IngestionStore {
 public:
  // Creates what is missing. FAILED_PRECONDITION when another process holds the directory.
  static absl::StatusOr<std::unique_ptr<RocksRecordStore>> Open(const std::string& directory,
                                                                const OpenOptions& options = {});

  absl::StatusOr<AppendResult> Append(const TenantId& tenant, absl::Span<const NewRecord> records,
                                      absl::Span<const ingestion::v1::RejectedRecord> rejected,
                                      absl::Time ingest_time) override;
  absl::Status ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                         RecordVisitor visit) const override;
  absl::Status ScanCustomer(const TenantId& tenant, absl::string_view customer_id, RecordVisitor visit) const override;
  absl::Status ScanCustomerBackwards(
      const TenantId& tenant, absl::string_view customer_id, absl::string_view position,
      absl::FunctionRef<bool(const StoredRecord&, absl::string_view position)> visit) const override;
  absl::Status ListRejected(
      const TenantId& tenant, absl::string_view position,
      absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&, absl::string_view position)> visit) const override;
  absl::StatusOr<ingestion::v1::IngestionReport> GetReport(const TenantId& tenant) const override;
  absl::StatusOr<std::vector<AttributeInfo>> ListAttributes(const TenantId& tenant) const override;
  absl::StatusOr<ingestion::v1::Settings> GetSettings(const TenantId& tenant) const override;
  absl::Status PutSettings(const TenantId& tenant, const ingestion::v1::Settings& settings,
                           absl::string_view expected_etag) override;
  absl::StatusOr<std::vector<common::v1::FeatureDefinition>> ListFeatureDefinitions(
      const TenantId& tenant) const override;
  absl::Status CreateFeatureDefinition(const TenantId& tenant,
                                       const common::v1::FeatureDefinition& definition) override;
  absl::StatusOr<StoredVolume> GetVolume(const TenantId& tenant) const override;
  absl::StatusOr<ingestion::v1::StoredRetention> GetRetention(const TenantId& tenant) const override;
  absl::StatusOr<std::vector<TenantId>> ListRetentionTenants() const override;
  absl::StatusOr<ingestion::v1::StoredRetention> UpdateRetention(
      const TenantId& tenant, absl::FunctionRef<absl::Status(ingestion::v1::StoredRetention&)> change) override;
  absl::StatusOr<bool> ExpireRecords(const TenantId& tenant, int most) override;
  absl::StatusOr<int64_t> ReplaceBodies(const TenantId& tenant, int shard,
                                        absl::Span<const BodyReplacement> replacements) override;
  absl::StatusOr<int64_t> ReplaceRejected(const TenantId& tenant,
                                          absl::Span<const RejectedReplacement> replacements) override;
  absl::Status PurgeReplaced(const TenantId& tenant) override;

  absl::StatusOr<StoredErasure> BeginErasure(const TenantId& tenant, const StoredErasure& draft) override;
  absl::StatusOr<StoredErasure> ReadErasure(const TenantId& tenant, int64_t number) const override;
  absl::Status ListErasures(const TenantId& tenant, int64_t before,
                            absl::FunctionRef<bool(const StoredErasure&)> visit) const override;
  std::vector<ErasureNumber> UnfinishedErasures() const override;
  absl::StatusOr<std::vector<ErasureChange>> ReadErasureChanges(int64_t sequence, int most) const override;
  absl::StatusOr<StoredErasure> UpdateErasure(const TenantId& tenant, int64_t number,
                                              absl::FunctionRef<void(StoredErasure&)> change) override;
  absl::Status EraseRejected(const TenantId& tenant, int64_t number,
                             absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&)> is_theirs) override;
  absl::StatusOr<bool> EraseRecords(const TenantId& tenant, int64_t number, int most) override;
  absl::Status EraseCustomer(const TenantId& tenant, int64_t number) override;
  absl::Status PurgeErased(const TenantId& tenant, int64_t number) override;
  bool IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const override;
  int64_t ErasureEpoch(const TenantId& tenant) const override;
  absl::StatusOr<privacy::DigestKey> DigestKeyOf(const TenantId& tenant) const override;

 private:
  // Where a tenant's quarantine begins and ends: sequences in [first, next) may be on disk.
  struct Quarantine {
    int64_t first = 0;
    int64_t next = 0;
  };
  class Writer;  // One Append; see append.cc.

  explicit RocksRecordStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  rocksdb::ColumnFamilyHandle* family(RecordFamily family) const { return database_->family(family); }

  absl::Status LoadErasures() ABSL_LOCKS_EXCLUDED(gate_, erasing_);
  absl::Status CountVolumes();
  absl::Status CountVolume(const std::string& tenant_prefix);
  // What the draft's request id stands for. NOT_FOUND: it is new.
  absl::StatusOr<StoredErasure> FindRequested(const TenantId& tenant, const StoredErasure& draft,
                                              const privacy::Digest& customer) const;
  // Makes the tenant's key where there is none.
  absl::StatusOr<TenantErasures*> ErasuresOf(const TenantId& tenant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(gate_);
  // `tell`: those who follow.
  void PutErasure(const TenantId& tenant, const StoredErasure& stored, bool tell, rocksdb::WriteBatch& batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(erasing_);

  const std::unique_ptr<Database> database_;
  absl::Mutex erasing_;  // Held while an erasure, or what is kept of retention, is read and written again.
  int64_t last_change_ ABSL_GUARDED_BY(erasing_) = 0;
  mutable absl::Mutex gate_ ABSL_ACQUIRED_AFTER(erasing_);
  absl::flat_hash_map<TenantId, TenantErasures> erasures_ ABSL_GUARDED_BY(gate_);
  InFlight ids_;
  InFlight customers_;
  absl::Mutex quarantine_mutex_;
  absl::flat_hash_map<std::string, Quarantine> quarantines_ ABSL_GUARDED_BY(quarantine_mutex_);  // By tenant prefix.
  RecentKeys known_customers_{200'000};
  RecentKeys known_attributes_{20'000};
  absl::Mutex catalogue_mutex_;  // Held while settings or definitions are compared and set.
};

}  // namespace clientele::storage
