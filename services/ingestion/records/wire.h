// Batches off the wire. The records of a batch are read one by one, so that one that is not well-formed (a text that is
// not UTF-8, say, for which protobuf would refuse the whole message) costs the batch nothing but itself.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/ingestion/records/rejection.h"

namespace clientele::ingestion {

inline constexpr size_t kMaxBatchRecords = 10'000;

// Views into the bytes it was read from.
struct BatchView {
  absl::string_view parent;
  uint64_t sequence = 0;
  std::vector<absl::string_view> records;
};

// Reads an IngestRecordsRequest, or an IngestRecordBatchRequest. INVALID_ARGUMENT where the bytes are no such message,
// or hold more than kMaxBatchRecords records.
absl::StatusOr<BatchView> ReadIngestRecordsRequest(absl::string_view bytes);
absl::StatusOr<BatchView> ReadIngestRecordBatchRequest(absl::string_view bytes);

// Reads a Record into `record`. A text that is not UTF-8 is a rejection, and `record` then has U+FFFD in place of the
// bad bytes; bytes that are no Record at all are one as well, and `record` is empty.
MaybeRejection ReadRecord(absl::string_view bytes, v1::Record& record);

}  // namespace clientele::ingestion
