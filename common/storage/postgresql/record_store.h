// Records in PostgreSQL: for ingestion with replicas, and for those who want to read the tables. migrations/ says how
// they lie.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/storage/ingestion_store.h"
#include "common/storage/postgresql/database.h"
#include "common/storage/postgresql/erasure_states.h"
#include "common/storage/record_columns.h"
#include "common/storage/report_counters.h"

namespace clientele::storage::postgresql {

// Thread-safe, also against other programs on the same database; see RecordStore and ErasureStore for the promises.
//
// Exactly once: an id is inserted, and whoever finds it taken waits until the other has committed or not; records of
// one batch are inserted in the order of their ids, so that no two batches wait for each other.
//
// Suppression: an append shares the tenant's lock from its look at the list to its commit; who changes the list takes
// it alone.
class PostgresRecordStore final : public IngestionStore {
 public:
  PostgresRecordStore(std::shared_ptr<const Database> database, DescribeRecord describe)
      : database_(std::move(database)), describe_(describe) {}

  absl::Status BindKeys(uint64_t key_store_id) override;

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
  // Makes the room of what was taken away free for others: the server overwrites it by and by, and its log, replicas
  // and backups have a life of their own.
  absl::Status PurgeErased(const TenantId& tenant, int64_t number) override;
  bool IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const override;
  int64_t ErasureEpoch(const TenantId& tenant) const override;
  absl::StatusOr<privacy::DigestKey> DigestKeyOf(const TenantId& tenant) const override;

 private:
  class Writer;  // One Append; see append.cc.

  absl::StatusOr<StoredErasure> Begin(Connection& connection, const TenantId& tenant, const StoredErasure& draft);

  const std::shared_ptr<const Database> database_;
  const DescribeRecord describe_;
  mutable ErasureStates states_;
};

// Adds to the tenant's counters.
absl::Status AddToCounters(Connection& connection, const TenantId& tenant, const ReportDelta& report);

// Under which an erased record's id is known, 16 bytes: the same as in RocksDB.
std::string ErasedIdDigest(const privacy::DigestKey& key, absl::string_view source, absl::string_view record_id);

// An erasure as the connection's transaction sees it, held against other changes until it ends. NOT_FOUND.
absl::StatusOr<StoredErasure> HoldErasure(Connection& connection, const TenantId& tenant, int64_t number);
absl::Status WriteErasure(Connection& connection, const TenantId& tenant, const StoredErasure& stored);

}  // namespace clientele::storage::postgresql
