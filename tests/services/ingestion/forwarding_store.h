// A record store that hands every call on to another: what tests that change one method derive from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/storage/record_store.h"

namespace clientele::storage {

class ForwardingStore : public RecordStore {
 public:
  explicit ForwardingStore(RecordStore& store) : store_(store) {}

  absl::StatusOr<AppendResult> Append(const TenantId& tenant, absl::Span<const NewRecord> records,
                                      absl::Span<const ingestion::v1::RejectedRecord> rejected,
                                      absl::Time ingest_time) override {
    return store_.Append(tenant, records, rejected, ingest_time);
  }
  absl::Status ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                         RecordVisitor visit) const override {
    return store_.ScanShard(tenant, shard, first_customer, visit);
  }
  absl::Status ScanCustomer(const TenantId& tenant, absl::string_view customer, RecordVisitor visit) const override {
    return store_.ScanCustomer(tenant, customer, visit);
  }
  absl::Status ScanCustomerBackwards(const TenantId& tenant, absl::string_view customer, absl::string_view position,
                                     absl::FunctionRef<bool(const StoredRecord&, absl::string_view)> visit)
      const override {
    return store_.ScanCustomerBackwards(tenant, customer, position, visit);
  }
  absl::Status ListRejected(const TenantId& tenant, absl::string_view position,
                            absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&, absl::string_view)> visit)
      const override {
    return store_.ListRejected(tenant, position, visit);
  }
  absl::StatusOr<ingestion::v1::IngestionReport> GetReport(const TenantId& tenant) const override {
    return store_.GetReport(tenant);
  }
  absl::StatusOr<std::vector<AttributeInfo>> ListAttributes(const TenantId& tenant) const override {
    return store_.ListAttributes(tenant);
  }
  absl::StatusOr<ingestion::v1::Settings> GetSettings(const TenantId& tenant) const override {
    return store_.GetSettings(tenant);
  }
  absl::Status PutSettings(const TenantId& tenant, const ingestion::v1::Settings& settings,
                           absl::string_view expected_etag) override {
    return store_.PutSettings(tenant, settings, expected_etag);
  }
  absl::StatusOr<std::vector<common::v1::FeatureDefinition>> ListFeatureDefinitions(
      const TenantId& tenant) const override {
    return store_.ListFeatureDefinitions(tenant);
  }
  absl::Status CreateFeatureDefinition(const TenantId& tenant,
                                       const common::v1::FeatureDefinition& definition) override {
    return store_.CreateFeatureDefinition(tenant, definition);
  }
  absl::StatusOr<StoredVolume> GetVolume(const TenantId& tenant) const override { return store_.GetVolume(tenant); }
  absl::StatusOr<ingestion::v1::StoredRetention> GetRetention(const TenantId& tenant) const override {
    return store_.GetRetention(tenant);
  }
  absl::StatusOr<std::vector<TenantId>> ListRetentionTenants() const override { return store_.ListRetentionTenants(); }
  absl::StatusOr<ingestion::v1::StoredRetention> UpdateRetention(
      const TenantId& tenant, absl::FunctionRef<absl::Status(ingestion::v1::StoredRetention&)> change) override {
    return store_.UpdateRetention(tenant, change);
  }
  absl::StatusOr<bool> ExpireRecords(const TenantId& tenant, int most) override {
    return store_.ExpireRecords(tenant, most);
  }
  absl::StatusOr<int64_t> ReplaceBodies(const TenantId& tenant, int shard,
                                        absl::Span<const BodyReplacement> replacements) override {
    return store_.ReplaceBodies(tenant, shard, replacements);
  }
  absl::StatusOr<int64_t> ReplaceRejected(const TenantId& tenant,
                                          absl::Span<const RejectedReplacement> replacements) override {
    return store_.ReplaceRejected(tenant, replacements);
  }
  absl::Status PurgeReplaced(const TenantId& tenant) override { return store_.PurgeReplaced(tenant); }

 private:
  RecordStore& store_;
};

}  // namespace clientele::storage
