// What ingestion keeps: records, erasures, consents; and the keys of its customers.
#include <string>

#include "clientele/ingestion/v1/consent_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "common/base/timestamps.h"
#include "common/storage/move/codecs.h"
#include "common/storage/move/layout.h"
#include "common/storage/postgresql/staging.h"

namespace clientele::storage {
namespace {

using postgresql::CopyRows;
using postgresql::Readable;

constexpr Field kTenant = {Form::kText, "tenant"};
constexpr Field kMessage = {Form::kRest, "message"};

// A record's columns: tenant, shard, customer_id, event_time, source, record_id, ingest_time, kind, body.
constexpr size_t kBodyColumn = 8;

std::vector<Layout> RecordLayouts(DescribeRecord describe) {
  return {
      {.name = "records",
       .store = "records",
       .family = "records",
       .key = {kTenant,
               {Form::kByte, "shard"},
               {Form::kText, "customer_id"},
               {Form::kTime, "event_time"},
               {Form::kText, "source"},
               {Form::kText, "record_id"}},
       .value = {{Form::kLittleTime, "ingest_time"}, {Form::kByte, "kind"}, {Form::kRest, "body"}},
       .also = "label, channel, category, order_id, code, is_return, measure, base_amount_micros",
       .derive = [describe](const Row& row,
                            CopyRows& rows) { postgresql::AddRecordColumns(describe(row[kBodyColumn]), rows); }},
      {.name = "record_ids",
       .store = "records",
       .family = "ids",
       .key = {kTenant, {Form::kText, "source"}, {Form::kRest, "record_id"}},
       .value = {{Form::kRest, "digest"}}},
      {.name = "customers",
       .store = "records",
       .family = "customers",
       .key = {kTenant, {Form::kByte, "shard"}, {Form::kRest, "customer_id"}},
       // RocksDB does not keep when they came.
       .insert = "INSERT INTO customers (tenant, shard, customer_id, first_ingest_time) SELECT tenant, shard,"
                 " customer_id, coalesce((SELECT min(ingest_time) FROM records r WHERE r.tenant = m.tenant AND"
                 " r.shard = m.shard AND r.customer_id = m.customer_id), to_timestamp(0)) FROM moving_customers m"},
  };
}

// What is counted, refused and set beside the records.
std::vector<Layout> BookLayouts() {
  return {
      {.name = "report_counters",
       .store = "records",
       .family = "report",
       .codec = &kReportCodec,
       .coded_columns = "tenant, tag, number, text, count, least_micros, greatest_micros",
       .select = "SELECT tenant, tag, number, text, sum(count)::int8 AS count, min(least_micros) AS least_micros,"
                 " max(greatest_micros) AS greatest_micros FROM report_counters GROUP BY tenant, tag, number, text",
       .insert = "INSERT INTO report_counters (tenant, tag, number, text, slot, count, least_micros, greatest_micros)"
                 " SELECT tenant, tag, number, text, 0, count, least_micros, greatest_micros"
                 " FROM moving_report_counters"},
      {.name = "rejected_records",
       .store = "rejected records",
       .family = "quarantine",
       .key = {kTenant, {Form::kNumber, "sequence"}},
       .value = {kMessage},
       .also = "source, kind, reason, field, reject_time",
       .derive =
           [](const Row& row, CopyRows& rows) {
             ingestion::v1::RejectedRecord rejected;
             rejected.ParseFromString(std::string(row[2]));
             rows.AddRaw(Readable(rejected.record().source()));
             rows.AddInt2(rejected.kind());
             rows.AddInt2(rejected.reason());
             rows.AddRaw(Readable(rejected.field()));
             rows.AddTime(absl::ToUnixMicros(FromProto(rejected.reject_time())));
           },
       .insert =
           "INSERT INTO rejected_records (tenant, sequence, message, source, kind, reason, field, reject_time)"
           " SELECT tenant, sequence, message, source, kind, reason, field, reject_time"
           " FROM moving_rejected_records;"
           " INSERT INTO quarantines SELECT tenant, max(sequence) + 1 FROM moving_rejected_records GROUP BY tenant"
           " ON CONFLICT (tenant) DO UPDATE SET next_sequence = excluded.next_sequence"},
      {.name = "attributes",
       .store = "records",
       .family = "attributes",
       .key = {kTenant, {Form::kRest, "name"}},
       .value = {{Form::kByte, "type"}}},
      {.name = "settings",
       .store = "settings",
       .family = "catalogue",
       .key = {kTenant, {Form::kMark, "s"}},
       .value = {kMessage},
       .also = "etag",
       .derive =
           [](const Row& row, CopyRows& rows) {
             ingestion::v1::Settings settings;
             settings.ParseFromString(std::string(row[1]));
             rows.AddRaw(settings.etag());
           }},
      {.name = "feature_definitions",
       .store = "settings",
       .family = "catalogue",
       .key = {kTenant, {Form::kMark, "f"}, {Form::kRest, "name"}},
       .value = {kMessage}},
      {.name = "retention",
       .store = "settings",
       .family = "catalogue",
       .key = {kTenant, {Form::kMark, "r"}},
       .value = {kMessage},
       .select = "SELECT tenant, message FROM retention WHERE message IS NOT NULL"},
      {.name = "key_binding",
       .store = "settings",
       .database = "keys",
       .family = "store",
       .value = {{Form::kNumber, "key_store_id"}}},
  };
}

std::vector<Layout> ErasureLayouts() {
  return {
      {.name = "suppressed_customers",
       .store = "erasures",
       .family = "privacy",
       .key = {kTenant, {Form::kMark, "s"}, {Form::kDigest, "digest"}},
       .value = {{Form::kNumber, "number"}}},
      {.name = "erasures",
       .store = "erasures",
       .family = "privacy",
       .key = {kTenant, {Form::kMark, "e"}, {Form::kNumber, "number"}},
       .value = {{Form::kText, "customer_id"},
                 {Form::kText, "request_id"},
                 {Form::kSmallSigned, "shard"},
                 {Form::kFlag, "records_gone"},
                 {Form::kTexts, "sources"},
                 kMessage},
       .nullable = "request_id"},
      {.name = "erasure_states",
       .store = "erasures",
       .family = "privacy",
       .key = {kTenant, {Form::kMark, "a"}},
       .value = {{Form::kRest, "digest_key"}},
       .insert = "INSERT INTO erasure_states (tenant, digest_key, last_number, revision) SELECT tenant, digest_key,"
                 " coalesce((SELECT max(number) FROM erasures e WHERE e.tenant = m.tenant), 0),"
                 " (extract(epoch FROM clock_timestamp()) * 1e6)::int8 FROM moving_erasure_states m"},
      {.name = "erasure_changes",
       .store = "erasures",
       .family = "privacy",
       .key = {{Form::kMark, absl::string_view("\0c", 2)}, {Form::kNumber, "sequence"}},
       .value = {kTenant, {Form::kNumber, "number"}},
       .insert =
           "INSERT INTO erasure_changes (tenant, sequence, number) SELECT tenant, sequence, number"
           " FROM moving_erasure_changes;"
           " UPDATE erasure_sequence SET last = greatest(last, (SELECT max(sequence) FROM moving_erasure_changes))"},
      {.name = "erased_ids", .store = "erasures", .family = "erased_ids", .key = {kTenant, {Form::kDigest, "digest"}}},
  };
}

std::vector<Layout> ConsentLayouts() {
  return {
      {.name = "consent_keys",
       .store = "consents",
       .database = "consents",
       .family = "consents",
       .key = {kTenant, {Form::kMark, "a"}},
       .value = {{Form::kRest, "digest_key"}}},
      {.name = "scoring_consents",
       .store = "consents",
       .database = "consents",
       .family = "consents",
       .key = {kTenant, {Form::kMark, "c"}, {Form::kDigest, "digest"}, {Form::kText, "purpose"}},
       .value = {{Form::kNumber, "sequence"}, kMessage},
       .also = "state",
       .derive =
           [](const Row& row, CopyRows& rows) {
             ingestion::v1::ScoringConsent consent;
             consent.ParseFromString(std::string(row[4]));
             rows.AddInt2(consent.state());
           }},
      {.name = "consent_sequence",
       .store = "consents",
       .database = "consents",
       .family = "consents",
       .key = {{Form::kMark, absl::string_view("\0n", 2)}},
       .value = {{Form::kNumber, "last"}},
       .select = "SELECT last FROM consent_sequence WHERE last > 0",
       .insert = "UPDATE consent_sequence c SET last = m.last FROM moving_consent_sequence m"},
      {.name = "consent_journal",
       .store = "consents",
       .database = "consents",
       .family = "journal",
       .key = {kTenant, {Form::kMark, "j"}, {Form::kDigest, "digest"}, {Form::kInverse, "sequence"}},
       .value = {{Form::kRequest, "request_id"}, kMessage}},
      {.name = "consent_requests",
       .store = "consents",
       .database = "consents",
       .family = "journal",
       .key = {kTenant, {Form::kMark, "q"}, {Form::kText, "request_id"}},
       .value = {{Form::kDigest, "digest"}, {Form::kSmallNumber, "state"}, {Form::kRest, "purpose"}}},
      {.name = "erased_consents",
       .store = "consents",
       .database = "consents",
       .family = "journal",
       .key = {kTenant, {Form::kMark, "e"}, {Form::kNumber, "erasure"}},
       .value = {{Form::kNumber, "consents"}, {Form::kNumber, "changes"}}},
  };
}

}  // namespace

Layouts IngestionLayouts(DescribeRecord describe) {
  Layouts layouts;
  for (std::vector<Layout>& group :
       std::vector{RecordLayouts(describe), BookLayouts(), ErasureLayouts(), ConsentLayouts()}) {
    for (Layout& layout : group) layouts.tables.push_back(std::move(layout));
  }
  layouts.indices = {
      {.name = "tenants with retention", .family = "catalogue", .key = {{Form::kMark, absl::string_view("\0r", 2)}}},
      {.name = "request ids of erasures", .family = "privacy", .key = {kTenant, {Form::kMark, "q"}}},
      {.name = "consents by sequence",
       .database = "consents",
       .family = "consents",
       .key = {{Form::kMark, absl::string_view("\0c", 2)}}},
      {.name = "tenants' keys", .database = "keys", .family = "tenants"},
      {.name = "customers' keys", .database = "keys", .family = "customers"},
  };
  return layouts;
}

Layouts CustomerKeyLayouts() {
  return {.tables = {{.name = "key_store",
                      .store = "customer keys",
                      .database = "keys",
                      .family = "store",
                      .value = {{Form::kNumber, "id"}}},
                     {.name = "tenant_keys",
                      .store = "customer keys",
                      .database = "keys",
                      .family = "tenants",
                      .key = {kTenant},
                      .value = {kMessage}},
                     {.name = "customer_keys",
                      .store = "customer keys",
                      .database = "keys",
                      .family = "customers",
                      .codec = &kCustomerKeyCodec,
                      .coded_columns = "tenant, digest, place, id, generation, wrapped",
                      .select = "SELECT tenant, digest, row_number() OVER (PARTITION BY tenant, digest ORDER BY"
                                " position) AS place, id, generation, wrapped FROM customer_keys",
                      .staging = "tenant text, digest bytea, place bigint, id bigint, generation bigint, wrapped bytea",
                      .insert = "INSERT INTO customer_keys (tenant, digest, id, generation, wrapped) SELECT tenant,"
                                " digest, id, generation, wrapped FROM moving_customer_keys"
                                " ORDER BY tenant, digest, place"}},
          .indices = {}};
}

}  // namespace clientele::storage
