#include "services/ingestion/records/standardise.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"
#include "services/ingestion/records/dates.h"
#include "services/ingestion/records/payloads.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/serialise.h"
#include "services/ingestion/records/text.h"
#include "services/ingestion/records/values.h"

namespace clientele::ingestion {
namespace {

using v1::Record;

constexpr size_t kMaxRecordIdBytes = 256;
constexpr size_t kMaxCustomerIdBytes = 128;
constexpr size_t kMaxTimeTextBytes = 64;
constexpr int64_t kMaxAheadMicros = 24 * 3600 * kMicrosPerSecond;

// What only the service fills in.
void ClearOutputFields(Record& record) {
  record.clear_ingest_time();
  record.clear_originals();
  record.clear_masked();
  if (record.has_transaction()) record.mutable_transaction()->clear_base_amount_micros();
}

MaybeRejection CheckIds(const Record& record) {
  if (MaybeRejection bad = CheckSource("source", record.source())) return bad;
  if (MaybeRejection bad = CheckRequired("record_id", record.record_id(), kMaxRecordIdBytes)) return bad;
  return CheckRequired("customer_id", record.customer_id(), kMaxCustomerIdBytes);
}

MaybeRejection ReadEventTime(const TenantContext& context, Record& record, int64_t& micros) {
  const std::string& text = record.event_time_text();
  if (text.empty()) {
    if (!record.has_event_time()) {
      return Rejection{v1::REJECTION_REASON_MISSING_FIELD, "event_time", "event_time or event_time_text is required"};
    }
    if (MaybeRejection bad = CheckTimestamp("event_time", record.event_time())) return bad;
    micros = record.event_time().seconds() * kMicrosPerSecond + record.event_time().nanos() / 1'000;
    record.mutable_event_time()->set_nanos(record.event_time().nanos() / 1'000 * 1'000);
    return std::nullopt;
  }
  if (record.has_event_time()) {
    return Rejection{v1::REJECTION_REASON_INVALID_FORMAT, "event_time_text",
                     "comes beside event_time; give one of the two"};
  }
  if (MaybeRejection bad = CheckLength("event_time_text", text, kMaxTimeTextBytes)) return bad;
  if (!ParseTime(text, context.local_time(), micros)) {
    return Rejection{v1::REJECTION_REASON_INVALID_FORMAT, "event_time_text",
                     absl::StrCat("\"", text,
                                  "\" is no date and time that can be read; give for example 2011-12-09 12:50, "
                                  "09/12/2011 (day first), 9 Dec 2011 or 2011-12-09T12:50:00+01:00")};
  }
  (*record.mutable_originals())["event_time_text"] = std::move(*record.mutable_event_time_text());
  record.clear_event_time_text();
  *record.mutable_event_time() = ToProto(absl::FromUnixMicros(micros));
  return std::nullopt;
}

Rejection Expired(const TenantContext& context, const Record& record, common::v1::RecordKind kind) {
  const std::string cut = absl::FormatTime(absl::FromUnixMicros(context.OldestMicros(kind)), absl::UTCTimeZone());
  return {v1::REJECTION_REASON_EXPIRED, record.originals().empty() ? "event_time" : "event_time_text",
          absl::StrCat("it happened before ", cut, ", and the tenant keeps records of its kind only from then on")};
}

}  // namespace

MaybeRejection Standardiser::Standardise(Record& record, storage::NewRecord& result) {
  ClearOutputFields(record);
  scratch_.clear();
  AppendDeterministically(record, scratch_);
  result.content_digest = Hash128(scratch_);
  if (MaybeRejection bad = CheckIds(record)) return bad;
  if (MaybeRejection bad = ReadEventTime(context_, record, result.event_time_micros)) return bad;
  if (result.event_time_micros > now_micros_ + kMaxAheadMicros) {
    return Rejection{v1::REJECTION_REASON_EVENT_TIME_IN_FUTURE,
                     record.originals().empty() ? "event_time" : "event_time_text",
                     absl::StrCat(absl::FormatTime(absl::FromUnixMicros(result.event_time_micros), absl::UTCTimeZone()),
                                  " is more than 24 hours in the future")};
  }
  result.kind = KindOf(record);
  if (result.event_time_micros < context_.OldestMicros(result.kind)) return Expired(context_, record, result.kind);
  if (MaybeRejection bad = StandardisePayload(context_, record, result)) return bad;
  result.source = record.source();
  result.record_id = record.record_id();
  result.customer_id = record.customer_id();
  EncodeRecord(record, result.body);
  return std::nullopt;
}

}  // namespace clientele::ingestion
