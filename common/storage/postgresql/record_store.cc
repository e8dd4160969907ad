// PostgresRecordStore's bookkeeping: report, quarantine, attributes, settings, definitions.
#include "common/storage/postgresql/record_store.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {
namespace {

using common::v1::FeatureDefinition;
using ingestion::v1::IngestionReport;
using ingestion::v1::RejectedRecord;
using ingestion::v1::Settings;

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored ", what, " is damaged"));
}

}  // namespace

absl::Status PostgresRecordStore::BindKeys(uint64_t key_store_id) {
  const auto id = static_cast<int64_t>(key_store_id);
  CLIENTELE_RETURN_IF_ERROR(
      database_->QueryAll("INSERT INTO key_binding (key_store_id) VALUES ($1) ON CONFLICT DO NOTHING", {Int8(id)})
          .status());
  CLIENTELE_ASSIGN_OR_RETURN(const Result bound, database_->QueryAll("SELECT key_store_id FROM key_binding"));
  if (bound.Int8(0, 0) == id) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               "the records in storage.url are sealed with other keys than these: replicas of ingestion need one "
               "privacy.keys_url; a program alone, the data directory that it had");
}

absl::Status PostgresRecordStore::ListRejected(
    const TenantId& tenant, absl::string_view position,
    absl::FunctionRef<bool(const RejectedRecord&, absl::string_view)> visit) const {
  constexpr int kRowsAtOnce = 500;
  if (!position.empty() && position.size() != 8) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "the page token is damaged");
  }
  int64_t before = position.empty() ? std::numeric_limits<int64_t>::max() : FromBigEndian<int64_t>(position.data());
  RejectedRecord record;
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->Query(tenant,
                                                "SELECT sequence, message FROM rejected_records WHERE tenant = $1 AND "
                                                "sequence < $2 ORDER BY sequence DESC LIMIT $3",
                                                {Text(tenant.value()), Int8(before), Int8(kRowsAtOnce)}));
    for (int row = 0; row < rows.rows(); ++row) {
      before = rows.Int8(row, 0);
      if (!record.ParseFromString(rows.String(row, 1))) return Damaged("rejected record");
      record.set_name(absl::StrCat(FormatTenant(tenant), "/rejectedRecords/", before));
      if (!visit(record, rows.Bytes(row, 0))) return absl::OkStatus();
    }
    if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
  }
}

absl::StatusOr<IngestionReport> PostgresRecordStore::GetReport(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant,
                       "SELECT tag::text, number, text, sum(count)::int8, min(least_micros), max(greatest_micros) FROM "
                       "report_counters WHERE tenant = $1 GROUP BY tag, number, text "
                       "ORDER BY tag, CASE WHEN tag = 's' THEN text END, number, text",
                       {Text(tenant.value())}));
  IngestionReport report;
  report.set_name(absl::StrCat(FormatTenant(tenant), "/ingestionReport"));
  for (int row = 0; row < rows.rows(); ++row) {
    const CounterKey key{static_cast<CounterTag>(rows.Bytes(row, 0)[0]), static_cast<uint8_t>(rows.Int2(row, 1)),
                         rows.Bytes(row, 2)};
    AddToReport(key, {rows.Int8(row, 3), rows.Int8(row, 4), rows.Int8(row, 5)}, report);
  }
  return report;
}

absl::StatusOr<StoredVolume> PostgresRecordStore::GetVolume(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->Query(tenant,
                                              "SELECT number, sum(count)::int8 FROM report_counters WHERE tenant = $1 "
                                              "AND tag = 'v' GROUP BY number",
                                              {Text(tenant.value())}));
  StoredVolume volume;
  for (int row = 0; row < rows.rows(); ++row) {
    (rows.Int2(row, 0) == kVolumeRecords ? volume.records : volume.bytes) = rows.Int8(row, 1);
  }
  return volume;
}

absl::StatusOr<std::vector<AttributeInfo>> PostgresRecordStore::ListAttributes(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows, database_->Query(tenant, "SELECT name, type FROM attributes WHERE tenant = $1 ORDER BY name",
                                          {Text(tenant.value())}));
  std::vector<AttributeInfo> attributes;
  for (int row = 0; row < rows.rows(); ++row) {
    attributes.push_back({rows.String(row, 0), static_cast<common::v1::FeatureType>(rows.Int2(row, 1))});
  }
  return attributes;
}

absl::StatusOr<Settings> PostgresRecordStore::GetSettings(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant, "SELECT message FROM settings WHERE tenant = $1", {Text(tenant.value())}));
  if (rows.rows() == 0) return absl::NotFoundError("the tenant has no settings");
  Settings settings;
  if (!settings.ParseFromString(rows.String(0, 0))) return Damaged("setting");
  return settings;
}

absl::Status PostgresRecordStore::PutSettings(const TenantId& tenant, const Settings& settings,
                                              absl::string_view expected_etag) {
  const absl::string_view sql =
      expected_etag.empty()
          ? "INSERT INTO settings AS known (tenant, etag, message) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE "
            "SET etag = $2, message = $3 WHERE known.etag = $4"
          : "UPDATE settings SET etag = $2, message = $3 WHERE tenant = $1 AND etag = $4";
  CLIENTELE_ASSIGN_OR_RETURN(const Result written,
                             database_->Query(tenant, sql,
                                              {Text(tenant.value()), Bytes(settings.etag()),
                                               Bytes(settings.SerializeAsString()), Bytes(expected_etag)}));
  if (written.changed() == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               "the settings have changed since they were read: read them again, then update");
}

absl::StatusOr<std::vector<FeatureDefinition>> PostgresRecordStore::ListFeatureDefinitions(
    const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant, "SELECT message FROM feature_definitions WHERE tenant = $1 ORDER BY name",
                       {Text(tenant.value())}));
  std::vector<FeatureDefinition> definitions(static_cast<size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) {
    if (!definitions[static_cast<size_t>(row)].ParseFromString(rows.String(row, 0))) {
      return Damaged("feature definition");
    }
  }
  return definitions;
}

absl::Status PostgresRecordStore::CreateFeatureDefinition(const TenantId& tenant, const FeatureDefinition& definition) {
  const std::string bytes = definition.SerializeAsString();
  const std::vector<Value> parameters = {Text(tenant.value()), Bytes(definition.name()), Bytes(bytes)};
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result created,
      database_->Query(tenant, "INSERT INTO feature_definitions VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                       parameters));
  if (created.changed() == 1) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result known,
      database_->Query(tenant, "SELECT 1 FROM feature_definitions WHERE tenant = $1 AND name = $2 AND message = $3",
                       parameters));
  if (known.rows() == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kFeatureExists,
               absl::StrCat("feature \"", definition.name(),
                            "\" has another definition; a definition never changes: take a new name"));
}

}  // namespace clientele::storage::postgresql
