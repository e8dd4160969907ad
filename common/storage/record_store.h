// The seam between ingestion and whatever keeps its records. One folder a backend; tests/contract runs one suite on
// each.
//
// Order: by shard, customer id (bytes), event time, then (source, record id). Every record has an event time, when it
// happened, and an ingest time, when it was accepted, so that any past answer can be made again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/common/v1/feature.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "clientele/ingestion/v1/retention.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"

namespace clientele::storage {

// The newest rejected records of a tenant that are kept.
inline constexpr int64_t kQuarantineSize = 10'000;

// A record as it is kept. The views hold only during the call that hands it out.
struct StoredRecord {
  absl::string_view customer_id;
  int64_t event_time_micros;  // Since 1970, UTC.
  int64_t ingest_time_micros;
  common::v1::RecordKind kind;
  absl::string_view body;  // What the store was given; it does not look inside.
  bool first_of_customer;  // In this scan: the record before was another customer's, or there was none.
};

// Sees records one by one; returns false to stop.
using RecordVisitor = absl::FunctionRef<bool(const StoredRecord&)>;

// A valid, standardised record on its way in.
struct NewRecord {
  std::string source;
  std::string record_id;
  std::string customer_id;
  int64_t event_time_micros = 0;
  common::v1::RecordKind kind = common::v1::RECORD_KIND_UNSPECIFIED;
  std::string body;            // The record in the form of whoever reads it again.
  std::string content_digest;  // 16 bytes, of what was sent: the same again is a duplicate, another a conflict.
  std::vector<absl::string_view> missing_fields;  // Optional fields left empty; static strings. For the report.
  // Attributes of a profile and whether each is a category, for the catalogue of attribute features.
  std::vector<std::pair<std::string, common::v1::FeatureType>> attributes;
};

// What came of a batch, in the batch's order.
struct AppendResult {
  // ACCEPTED, DUPLICATE or CONFLICT; REJECTED where the customer is suppressed or the record was erased: nothing of it
  // is kept.
  std::vector<ingestion::v1::RecordDisposition> dispositions;
  // Which of the rejected records name a suppressed customer, and so are not in quarantine. Rising.
  std::vector<size_t> suppressed_rejections = {};
};

// Another body for a record that is stored.
struct BodyReplacement {
  NewRecord record;    // With the new body.
  std::string before;  // The body that it has.
};

// A record in quarantine as it is to be from now on.
struct RejectedReplacement {
  std::string position;  // As ListRejected tells it.
  ingestion::v1::RejectedRecord record;
};

// What is stored of a tenant now.
struct StoredVolume {
  int64_t records = 0;
  int64_t bytes = 0;  // Of their bodies, customer ids, sources and record ids.

  friend bool operator==(const StoredVolume&, const StoredVolume&) = default;
};

struct AttributeInfo {
  std::string name;
  common::v1::FeatureType type;  // Of the first value that was ever seen.
};

// Thread-safe. Errors: UNAVAILABLE or INTERNAL with reason STORAGE_FAILED.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // Stores what is new, `rejected` in quarantine, and the counts of both in the report: all in one atomic, durable
  // step. On OK everything survives any crash; on error nothing is stored. Exactly once per (tenant, source, record
  // id), also against concurrent batches and within a batch. Blocks until it is on disk.
  virtual absl::StatusOr<AppendResult> Append(const TenantId& tenant, absl::Span<const NewRecord> records,
                                              absl::Span<const ingestion::v1::RejectedRecord> rejected,
                                              absl::Time ingest_time) = 0;

  // All records of one shard, customer by customer, from the first customer id >= `first_customer` on. A consistent
  // snapshot of the store as of the call. The innermost loop of training: no allocation per record.
  virtual absl::Status ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                                 RecordVisitor visit) const = 0;

  // One customer's records, oldest first. Nothing for an unknown customer.
  virtual absl::Status ScanCustomer(const TenantId& tenant, absl::string_view customer_id,
                                    RecordVisitor visit) const = 0;
  // Newest first, from just before `position`, an opaque token of an earlier call ("" begins at the newest). Fills
  // `position` for the record each visit sees.
  virtual absl::Status ScanCustomerBackwards(
      const TenantId& tenant, absl::string_view customer_id, absl::string_view position,
      absl::FunctionRef<bool(const StoredRecord&, absl::string_view position)> visit) const = 0;

  // Newest first, from just before `position` as above.
  virtual absl::Status ListRejected(
      const TenantId& tenant, absl::string_view position,
      absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&, absl::string_view position)> visit) const = 0;
  virtual absl::StatusOr<ingestion::v1::IngestionReport> GetReport(const TenantId& tenant) const = 0;
  // Ordered by name.
  virtual absl::StatusOr<std::vector<AttributeInfo>> ListAttributes(const TenantId& tenant) const = 0;

  // NOT_FOUND where the tenant never stored any.
  virtual absl::StatusOr<ingestion::v1::Settings> GetSettings(const TenantId& tenant) const = 0;
  // Durable. ABORTED with ETAG_MISMATCH unless `expected_etag` is the stored one ("" where there is none).
  virtual absl::Status PutSettings(const TenantId& tenant, const ingestion::v1::Settings& settings,
                                   absl::string_view expected_etag) = 0;

  // The tenant's own feature definitions, ordered by name.
  virtual absl::StatusOr<std::vector<common::v1::FeatureDefinition>> ListFeatureDefinitions(
      const TenantId& tenant) const = 0;
  // Durable. ALREADY_EXISTS where the name has another definition; OK where it has this one.
  virtual absl::Status CreateFeatureDefinition(const TenantId& tenant,
                                               const common::v1::FeatureDefinition& definition) = 0;

  // Exact after any crash, and cheap: it is asked for before each batch. Nothing for an unknown tenant.
  virtual absl::StatusOr<StoredVolume> GetVolume(const TenantId& tenant) const = 0;

  // Empty for a tenant that never set anything.
  virtual absl::StatusOr<ingestion::v1::StoredRetention> GetRetention(const TenantId& tenant) const = 0;
  // Those who ever set anything, in order.
  virtual absl::StatusOr<std::vector<TenantId>> ListRetentionTenants() const = 0;
  // Reads, lets `change` change and writes in one durable step; what is then stored. The error of `change`, which then
  // changes nothing.
  virtual absl::StatusOr<ingestion::v1::StoredRetention> UpdateRetention(
      const TenantId& tenant, absl::FunctionRef<absl::Status(ingestion::v1::StoredRetention&)> change) = 0;
  // One step of the tenant's last retention run, from where it stands, in one atomic and durable write: takes away at
  // most `most` records that happened before the run's cut of their kind, with their identifiers and the customers of
  // whom nothing is left; counts them in the run and in the volume, notes cuts that took something in removed_before,
  // and moves the run on. False once it has seen all, which changes nothing; also where no run is under way. An
  // identifier that went may be used again. Accepted records stay in the report: it is history.
  virtual absl::StatusOr<bool> ExpireRecords(const TenantId& tenant, int most) = 0;

  // Gives records of one shard, that still have the body they had, another one, in one atomic and durable write with
  // the volume that changes by it; how many. The others are gone, or somebody else was here first: they stay so.
  virtual absl::StatusOr<int64_t> ReplaceBodies(const TenantId& tenant, int shard,
                                                absl::Span<const BodyReplacement> replacements) = 0;
  // The same of what is still in quarantine.
  virtual absl::StatusOr<int64_t> ReplaceRejected(const TenantId& tenant,
                                                  absl::Span<const RejectedReplacement> replacements) = 0;
  // Takes what was replaced off the disk, as far as the backend reaches: see ErasureStore::PurgeErased.
  virtual absl::Status PurgeReplaced(const TenantId& tenant) = 0;
};

}  // namespace clientele::storage
