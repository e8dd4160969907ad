// Keys and values of the store, as a damaged disk might give them back: read, or told to be damaged. What is read is
// written as it was.
#include <string>

#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/record_keys.h"
#include "common/storage/rocksdb/report_counters.h"
#include "common/storage/rocksdb/version_records.h"
#include "services/ingestion/records/record_form.h"
#include "tests/fuzz/target.h"

namespace clientele::storage {
namespace {

using fuzz::Require;

void ReadKey(absl::string_view key) {
  std::string scratch, written;
  absl::string_view rest = key, text;
  while (ReadText(rest, scratch, text)) {
    AppendText(text, written);
    Require(key.substr(0, written.size()) == written, "a text in a key has one form");
  }
  int64_t number = 0;
  if (ReadSigned64(key, number)) {
    std::string again;
    AppendSigned64(number, again);
    int64_t twice = 0;
    absl::string_view view = again;
    Require(ReadSigned64(view, twice) && twice == number, "a number in a key is read as it was written");
  }
}

template <typename T>
void ReadTwice(absl::string_view bytes, bool (*decode)(absl::string_view, T&), std::string (*encode)(const T&)) {
  T value;
  if (!decode(bytes, value)) return;
  T again;
  const std::string written = encode(value);
  Require(decode(written, again) && encode(again) == written, "a value is read as it was written");
}

void ReadRecordValue(absl::string_view value) {
  StoredRecord stored;
  stored.customer_id = "ada";
  if (!DecodeRecordValue(value, stored)) return;
  ingestion::RecordView view;
  if (ingestion::ViewRecord(stored.body, view)) {
    size_t bytes = 0;
    for (int slot = 0; slot < ingestion::kTextSlots; ++slot) bytes += view.text(slot).size();
    Require(bytes + view.rest.size() <= stored.body.size(), "a record's parts lie within it");
  }
  ingestion::v1::Record record;
  (void)ingestion::DecodeRecord(stored, record);
}

}  // namespace
}  // namespace clientele::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele::storage;
  const absl::string_view input = clientele::fuzz::Text(data, size);
  ReadKey(input);
  ReadRecordValue(input);
  ReadTwice<Counter>(input, &DecodeCounter, &EncodeCounter);
  ReadTwice<AliasRevision>(input, &DecodeRevision, &EncodeRevision);
  ReadTwice<PublishRequest>(input, &DecodeRequest, &EncodeRequest);
  ReadTwice<StoredDocument>(input, &DecodeDocument, &EncodeDocument);
  PastChange change;
  (void)DecodeChange(input, change);
  return 0;
}
