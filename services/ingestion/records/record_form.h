// Records to what is kept of them, and back; common/records/record_view.h says how they lie.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/records/record_view.h"
#include "common/storage/record_store.h"

namespace clientele::ingestion {

using records::kTextSlots;
using records::RecordForm;
using records::RecordView;
using records::ViewRecord;
using enum records::TextSlot;

// The kind of a record's payload; unspecified where it has none.
common::v1::RecordKind KindOf(const v1::Record& record);

// Writes `record`, which must be standardised, and takes it apart on the way.
void EncodeRecord(v1::Record& record, std::string& body);

// A stored record with its ingest time, but without what is sealed of it. INTERNAL where it is damaged.
absl::Status DecodeRecord(const storage::StoredRecord& stored, v1::Record& record);

// Replaces `rest` of a body of version 1, which `view` is of, and adds what is sealed.
void SealBody(const RecordView& view, absl::string_view rest, absl::string_view sealed, std::string& body);

}  // namespace clientele::ingestion
