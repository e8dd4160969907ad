// A record store in memory, for tests of features: as small and as obviously right as can be. Also short-hands to make
// records with.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/timestamps.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/record_form.h"

namespace clientele::testutil {

inline TenantId TestTenant() { return *TenantId::Parse("acme"); }

inline absl::Time At(absl::string_view civil, absl::TimeZone zone = absl::UTCTimeZone()) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime("%Y-%m-%d %H:%M:%E*S", civil, zone, &time, &error)) return time;
  return absl::ParseTime("%Y-%m-%d", civil, zone, &time, &error) ? time : absl::InfinitePast();
}

inline ingestion::v1::Record Purchase(double amount, absl::string_view product = "", absl::string_view category = "",
                                      absl::string_view channel = "") {
  ingestion::v1::Record record;
  auto& transaction = *record.mutable_transaction();
  transaction.set_base_amount_micros(static_cast<int64_t>(amount * 1e6 + (amount < 0 ? -0.5 : 0.5)));
  transaction.set_product(std::string(product));
  transaction.set_category(std::string(category));
  transaction.set_channel(std::string(channel));
  return record;
}
inline ingestion::v1::Record Return(double amount) {
  ingestion::v1::Record record = Purchase(-amount);
  record.mutable_transaction()->set_is_return(true);
  return record;
}
inline ingestion::v1::Record Interaction(absl::string_view type) {
  ingestion::v1::Record record;
  record.mutable_interaction()->set_type(std::string(type));
  return record;
}
inline ingestion::v1::Record Score(double score, double score_max = 0) {
  ingestion::v1::Record record;
  record.mutable_feedback()->set_score(score);
  record.mutable_feedback()->set_score_max(score_max);
  return record;
}
inline ingestion::v1::Record OutcomeOf(absl::string_view name, double value) {
  ingestion::v1::Record record;
  record.mutable_outcome()->set_outcome(std::string(name));
  record.mutable_outcome()->set_value(value);
  return record;
}
inline common::v1::Value Text(absl::string_view text) {
  common::v1::Value value;
  value.set_text(std::string(text));
  return value;
}
inline common::v1::Value Number(double number) {
  common::v1::Value value;
  value.set_number(number);
  return value;
}
inline ingestion::v1::Record Profile(absl::string_view attribute, common::v1::Value value) {
  ingestion::v1::Record record;
  (*record.mutable_profile()->mutable_attributes())[std::string(attribute)] = std::move(value);
  return record;
}

// One tenant. Thread-compatible.
class MemoryRecordStore : public storage::RecordStore {
 public:
  // Adds a record that happened at `event` and came at `ingest` (default: at once).
  void Add(absl::string_view customer, absl::Time event, ingestion::v1::Record record,
           absl::Time ingest = absl::InfinitePast()) {
    record.set_source("test");
    record.set_record_id(absl::StrCat(next_id_));
    record.set_customer_id(std::string(customer));
    *record.mutable_event_time() = ToProto(event);
    if (record.has_profile()) {
      for (const auto& [name, value] : record.profile().attributes()) {
        attributes_.emplace(name,
                            value.has_text() ? common::v1::FEATURE_TYPE_CATEGORY : common::v1::FEATURE_TYPE_NUMBER);
      }
    }
    const absl::Time came = ingest == absl::InfinitePast() ? event : ingest;
    const Key key{ShardOf(TestTenant(), customer), std::string(customer), absl::ToUnixMicros(event), next_id_++};
    Stored& stored = records_[key];
    stored.ingest_micros = absl::ToUnixMicros(came);
    stored.kind = ingestion::KindOf(record);
    ingestion::EncodeRecord(record, stored.body);
  }
  // Bytes that are no record.
  void AddDamaged(absl::string_view customer, absl::Time event) {
    const Key key{ShardOf(TestTenant(), customer), std::string(customer), absl::ToUnixMicros(event), next_id_++};
    records_[key] = {absl::ToUnixMicros(event), common::v1::RECORD_KIND_TRANSACTION, "\x5a\x7f\x01"};
  }

  absl::Status ScanShard(const TenantId&, int shard, absl::string_view first_customer,
                         storage::RecordVisitor visit) const override {
    std::string customer;  // Of the record before; ids are never empty.
    for (auto it = records_.lower_bound({shard, std::string(first_customer), INT64_MIN, 0}); it != records_.end();
         ++it) {
      const bool is_first = std::exchange(customer, std::get<1>(it->first)) != std::get<1>(it->first);
      if (std::get<0>(it->first) != shard || !visit(View(*it, is_first))) break;
    }
    return absl::OkStatus();
  }
  absl::Status ScanCustomer(const TenantId& tenant, absl::string_view customer_id,
                            storage::RecordVisitor visit) const override {
    const Key first{ShardOf(tenant, customer_id), std::string(customer_id), INT64_MIN, 0};
    const auto begin = records_.lower_bound(first);
    for (auto it = begin; it != records_.end(); ++it) {
      if (std::get<1>(it->first) != customer_id || !visit(View(*it, it == begin))) break;
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<storage::AttributeInfo>> ListAttributes(const TenantId&) const override {
    std::vector<storage::AttributeInfo> attributes;
    for (const auto& [name, type] : attributes_) attributes.push_back({name, type});
    return attributes;
  }
  absl::StatusOr<std::vector<common::v1::FeatureDefinition>> ListFeatureDefinitions(const TenantId&) const override {
    return definitions_;
  }
  absl::Status CreateFeatureDefinition(const TenantId&, const common::v1::FeatureDefinition& definition) override {
    definitions_.push_back(definition);
    return absl::OkStatus();
  }

  // What features do not need.
  absl::StatusOr<storage::AppendResult> Append(const TenantId&, absl::Span<const storage::NewRecord>,
                                               absl::Span<const ingestion::v1::RejectedRecord>, absl::Time) override {
    return absl::UnimplementedError("");
  }
  absl::Status ScanCustomerBackwards(
      const TenantId&, absl::string_view, absl::string_view,
      absl::FunctionRef<bool(const storage::StoredRecord&, absl::string_view)>) const override {
    return absl::UnimplementedError("");
  }
  absl::Status ListRejected(
      const TenantId&, absl::string_view,
      absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&, absl::string_view)>) const override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ingestion::v1::IngestionReport> GetReport(const TenantId&) const override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ingestion::v1::Settings> GetSettings(const TenantId&) const override {
    return absl::NotFoundError("");
  }
  absl::Status PutSettings(const TenantId&, const ingestion::v1::Settings&, absl::string_view) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<storage::StoredVolume> GetVolume(const TenantId&) const override { return storage::StoredVolume(); }
  absl::StatusOr<ingestion::v1::StoredRetention> GetRetention(const TenantId&) const override {
    return ingestion::v1::StoredRetention();
  }
  absl::StatusOr<std::vector<TenantId>> ListRetentionTenants() const override { return std::vector<TenantId>(); }
  absl::StatusOr<ingestion::v1::StoredRetention> UpdateRetention(
      const TenantId&, absl::FunctionRef<absl::Status(ingestion::v1::StoredRetention&)>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<bool> ExpireRecords(const TenantId&, int) override { return absl::UnimplementedError(""); }
  absl::StatusOr<int64_t> ReplaceBodies(const TenantId&, int, absl::Span<const storage::BodyReplacement>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<int64_t> ReplaceRejected(const TenantId&, absl::Span<const storage::RejectedReplacement>) override {
    return absl::UnimplementedError("");
  }
  absl::Status PurgeReplaced(const TenantId&) override { return absl::UnimplementedError(""); }

 private:
  using Key = std::tuple<int, std::string, int64_t, int64_t>;  // Shard, customer, event time, sequence.
  struct Stored {
    int64_t ingest_micros;
    common::v1::RecordKind kind;
    std::string body;
  };
  static storage::StoredRecord View(const std::pair<const Key, Stored>& entry, bool is_first) {
    return {std::get<1>(entry.first), std::get<2>(entry.first), entry.second.ingest_micros, entry.second.kind,
            entry.second.body, is_first};
  }

  std::map<Key, Stored> records_;
  std::map<std::string, common::v1::FeatureType> attributes_;
  std::vector<common::v1::FeatureDefinition> definitions_;
  int64_t next_id_ = 0;
};

}  // namespace clientele::testutil
