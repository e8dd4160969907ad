#include "services/ingestion/records/wire.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "common/base/error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/ingestion/records/text.h"

namespace clientele::ingestion {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

CodedInputStream Input(absl::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
}

// Reads a length and the bytes behind it as a view into `bytes`, which `in` reads from.
bool ReadView(absl::string_view bytes, CodedInputStream& in, absl::string_view& view) {
  uint32_t size = 0;
  if (!in.ReadVarint32(&size)) return false;
  const auto begin = static_cast<size_t>(in.CurrentPosition());
  if (size > bytes.size() - begin || !in.Skip(static_cast<int>(size))) return false;
  view = bytes.substr(begin, size);
  return true;
}

absl::StatusOr<BatchView> ReadBatch(absl::string_view bytes, int parent_field, int sequence_field, int records_field) {
  const auto tag = [](int field, WireFormatLite::WireType type) { return WireFormatLite::MakeTag(field, type); };
  const uint32_t parent = tag(parent_field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const uint32_t records = tag(records_field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const uint32_t sequence = tag(sequence_field, WireFormatLite::WIRETYPE_VARINT);
  BatchView batch;
  CodedInputStream in = Input(bytes);
  bool ok = true;
  while (ok) {
    const uint32_t next = in.ReadTag();
    if (next == 0) break;
    absl::string_view view;
    if (next == records) {
      ok = ReadView(bytes, in, view);
      batch.records.push_back(view);
    } else if (next == parent) {
      ok = ReadView(bytes, in, batch.parent);
    } else if (sequence_field != 0 && next == sequence) {
      ok = in.ReadVarint64(&batch.sequence);
    } else {
      ok = WireFormatLite::SkipField(&in, next);
    }
  }
  if (!ok || static_cast<size_t>(in.CurrentPosition()) != bytes.size()) {
    return InvalidField("records", "the request is not a well-formed message");
  }
  if (batch.records.size() > kMaxBatchRecords) {
    return InvalidField("records", absl::StrCat("has ", batch.records.size(), " records; at most ", kMaxBatchRecords,
                                                " are allowed in a batch"));
  }
  return batch;
}

// Copies a message and replaces what is not UTF-8 in its texts; the path of the first goes to `bad_field`. What is in a
// map counts as the map. False where the bytes are not well-formed.
bool RepairTexts(absl::string_view bytes, const Descriptor& type, const std::string& path, bool in_map,
                 std::string& repaired, std::string& bad_field) {
  StringOutputStream stream(&repaired);
  CodedOutputStream out(&stream);
  CodedInputStream in = Input(bytes);
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag, &out)) return false;  // Copies it.
      continue;
    }
    absl::string_view view;
    if (!ReadView(bytes, in, view)) return false;
    std::string copy(view);
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const std::string field_path = field == nullptr || in_map ? path
                                   : path.empty()             ? std::string(field->name())
                                                              : absl::StrCat(path, ".", field->name());
    if (field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(view)) {
      if (bad_field.empty()) bad_field = field_path;
      copy = ReplaceBadUtf8(view);
    } else if (field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE) {
      copy.clear();
      const bool map = in_map || field->is_map();
      if (!RepairTexts(view, *field->message_type(), field_path, map, copy, bad_field)) return false;
    }
    out.WriteVarint32(tag);
    out.WriteVarint32(static_cast<uint32_t>(copy.size()));
    out.WriteString(copy);
  }
  return static_cast<size_t>(in.CurrentPosition()) == bytes.size();
}

}  // namespace

absl::StatusOr<BatchView> ReadIngestRecordsRequest(absl::string_view bytes) {
  using v1::IngestRecordsRequest;
  return ReadBatch(bytes, IngestRecordsRequest::kParentFieldNumber, IngestRecordsRequest::kSequenceFieldNumber,
                   IngestRecordsRequest::kRecordsFieldNumber);
}

absl::StatusOr<BatchView> ReadIngestRecordBatchRequest(absl::string_view bytes) {
  using v1::IngestRecordBatchRequest;
  return ReadBatch(bytes, IngestRecordBatchRequest::kParentFieldNumber, 0,
                   IngestRecordBatchRequest::kRecordsFieldNumber);
}

MaybeRejection ReadRecord(absl::string_view bytes, v1::Record& record) {
  if (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  std::string repaired, bad_field;
  if (RepairTexts(bytes, *v1::Record::descriptor(), "", /*in_map=*/false, repaired, bad_field) && !bad_field.empty() &&
      record.ParseFromString(repaired)) {
    return Rejection{v1::REJECTION_REASON_INVALID_UTF8, bad_field, "is not UTF-8"};
  }
  record.Clear();
  return Rejection{v1::REJECTION_REASON_INVALID_FORMAT, "", "is not a well-formed Record message"};
}

}  // namespace clientele::ingestion
