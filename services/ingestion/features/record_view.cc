#include "services/ingestion/features/record_view.h"

#include "services/ingestion/features/wire_reader.h"

namespace clientele::features {
namespace {

// Field numbers of protos/clientele/ingestion/v1/record.proto. tests/services/ingestion/features/record_view_test.cc
// holds this reader against the generated one.
constexpr uint32_t kProfile = 10;
constexpr uint32_t kTransaction = 11;
constexpr uint32_t kInteraction = 12;
constexpr uint32_t kFeedback = 13;
constexpr uint32_t kMessage = 14;
constexpr uint32_t kOutcome = 15;

constexpr uint32_t Key(uint32_t field, WireType type) { return field << 3 | static_cast<uint32_t>(type); }
constexpr uint32_t Bytes(uint32_t field) { return Key(field, WireType::kBytes); }
constexpr uint32_t Varint(uint32_t field) { return Key(field, WireType::kVarint); }
constexpr uint32_t Double(uint32_t field) { return Key(field, WireType::kFixed64); }
uint32_t KeyOf(WireTag tag) { return Key(tag.field, tag.type); }

template <typename T>
bool ReadInteger(WireReader& reader, T& value) {
  uint64_t raw;
  if (!reader.ReadVarint(raw)) return false;
  value = static_cast<T>(raw);
  return true;
}

bool ReadBool(WireReader& reader, bool& value) {
  uint64_t raw;
  if (!reader.ReadVarint(raw)) return false;
  value = raw != 0;
  return true;
}

bool ReadTransactionField(WireReader& reader, WireTag tag, RecordView& view) {
  switch (KeyOf(tag)) {
    case Bytes(4): return reader.ReadBytes(view.product);
    case Bytes(5): return reader.ReadBytes(view.category);
    case Bytes(6): return reader.ReadBytes(view.channel);
    case Double(7): return reader.ReadDouble(view.quantity);
    case Varint(8): return ReadBool(reader, view.is_return);
    case Bytes(9): return reader.ReadBytes(view.order);
    case Varint(15): return ReadInteger(reader, view.base_amount_micros);
    default: return reader.Skip(tag);
  }
}

bool ReadInteractionField(WireReader& reader, WireTag tag, RecordView& view) {
  switch (KeyOf(tag)) {
    case Bytes(1): return reader.ReadBytes(view.type);
    case Bytes(2): return reader.ReadBytes(view.channel);
    case Double(3): return reader.ReadDouble(view.duration_seconds);
    case Varint(4): return ReadInteger(reader, view.sentiment);
    default: return reader.Skip(tag);
  }
}

bool ReadFeedbackField(WireReader& reader, WireTag tag, RecordView& view) {
  switch (KeyOf(tag)) {
    case Double(1): view.has_score = true; return reader.ReadDouble(view.score);
    case Double(2): return reader.ReadDouble(view.score_max);
    case Bytes(3): return reader.ReadBytes(view.issue);
    case Bytes(5): return reader.ReadBytes(view.channel);
    default: return reader.Skip(tag);
  }
}

bool ReadMessageField(WireReader& reader, WireTag tag, RecordView& view) {
  switch (KeyOf(tag)) {
    case Bytes(1): return reader.ReadBytes(view.channel);
    case Varint(2): return ReadInteger(reader, view.direction);
    default: return reader.Skip(tag);
  }
}

bool ReadOutcomeField(WireReader& reader, WireTag tag, RecordView& view) {
  switch (KeyOf(tag)) {
    case Bytes(1): return reader.ReadBytes(view.type);
    case Double(2): return reader.ReadDouble(view.value);
    default: return reader.Skip(tag);
  }
}

bool SkipField(WireReader& reader, WireTag tag, RecordView&) { return reader.Skip(tag); }

template <bool (*ReadField)(WireReader&, WireTag, RecordView&)>
bool ReadFields(absl::string_view payload, RecordView& view) {
  WireReader reader(payload);
  while (!reader.done()) {
    WireTag tag;
    if (!reader.ReadTag(tag) || !ReadField(reader, tag, view)) return false;
  }
  return true;
}

bool ReadPayload(uint32_t field, absl::string_view payload, RecordView& view) {
  switch (field) {
    case kProfile: view.kind = common::v1::RECORD_KIND_PROFILE; return ReadFields<SkipField>(payload, view);
    case kTransaction:
      view.kind = common::v1::RECORD_KIND_TRANSACTION;
      return ReadFields<ReadTransactionField>(payload, view);
    case kInteraction:
      view.kind = common::v1::RECORD_KIND_INTERACTION;
      return ReadFields<ReadInteractionField>(payload, view);
    case kFeedback: view.kind = common::v1::RECORD_KIND_FEEDBACK; return ReadFields<ReadFeedbackField>(payload, view);
    case kMessage: view.kind = common::v1::RECORD_KIND_MESSAGE; return ReadFields<ReadMessageField>(payload, view);
    default: view.kind = common::v1::RECORD_KIND_OUTCOME; return ReadFields<ReadOutcomeField>(payload, view);
  }
}

bool ReadTime(absl::string_view bytes, ValueView& value) {
  WireReader reader(bytes);
  while (!reader.done()) {
    WireTag tag;
    if (!reader.ReadTag(tag)) return false;
    bool read;
    switch (KeyOf(tag)) {
      case Varint(1): read = ReadInteger(reader, value.time_seconds); break;
      case Varint(2): read = ReadInteger(reader, value.time_nanos); break;
      default: read = reader.Skip(tag);
    }
    if (!read) return false;
  }
  return true;
}

// A common.v1.Value. Pieces of one value merge as protobuf merges them.
bool ReadValue(absl::string_view bytes, ValueView& value) {
  WireReader reader(bytes);
  while (!reader.done()) {
    WireTag tag;
    if (!reader.ReadTag(tag)) return false;
    bool read;
    absl::string_view time;
    switch (KeyOf(tag)) {
      case Double(1):
        value.kind = ValueView::Kind::kNumber;
        read = reader.ReadDouble(value.number);
        break;
      case Bytes(2):
        value.kind = ValueView::Kind::kText;
        read = reader.ReadBytes(value.text);
        break;
      case Varint(3):
        value.kind = ValueView::Kind::kFlag;
        read = ReadBool(reader, value.flag);
        break;
      case Bytes(4):
        if (value.kind != ValueView::Kind::kTime) value.time_seconds = value.time_nanos = 0;
        value.kind = ValueView::Kind::kTime;
        read = reader.ReadBytes(time) && ReadTime(time, value);
        break;
      default: read = reader.Skip(tag);
    }
    if (!read) return false;
  }
  return true;
}

bool ReadEntry(absl::string_view bytes, PropertyVisitor visit) {
  absl::string_view name;
  ValueView value;
  WireReader reader(bytes);
  while (!reader.done()) {
    WireTag tag;
    if (!reader.ReadTag(tag)) return false;
    bool read;
    absl::string_view value_bytes;
    switch (KeyOf(tag)) {
      case Bytes(1): read = reader.ReadBytes(name); break;
      case Bytes(2): read = reader.ReadBytes(value_bytes) && ReadValue(value_bytes, value); break;
      default: read = reader.Skip(tag);
    }
    if (!read) return false;
  }
  visit(name, value);
  return true;
}

}  // namespace

bool ReadRecord(absl::string_view wire, RecordView& view) {
  view = RecordView();
  WireReader reader(wire);
  size_t payload_begin = 0;
  const char* field_begin = wire.data();
  while (!reader.done()) {
    field_begin = reader.position();
    WireTag tag;
    if (!reader.ReadTag(tag)) return false;
    absl::string_view payload;
    if (tag.type != WireType::kBytes) {
      if (!reader.Skip(tag)) return false;
      continue;
    }
    if (!reader.ReadBytes(payload)) return false;
    if (tag.field < kProfile || tag.field > kOutcome) continue;
    if (view.payload_field != tag.field) {  // Another kind replaces the one before; pieces of one kind merge.
      if (view.payload_field != 0) view = RecordView();
      view.payload_field = tag.field;
      payload_begin = field_begin - wire.data();
    }
    if (!ReadPayload(tag.field, payload, view)) return false;
  }
  view.payloads = wire.substr(payload_begin);
  return true;
}

bool ForEachProperty(const RecordView& view, PropertyVisitor visit) {
  uint32_t entries;
  switch (view.payload_field) {
    case kProfile: entries = 4; break;
    case kTransaction: entries = 10; break;
    case kInteraction: entries = 5; break;
    default: return true;
  }
  WireReader record(view.payloads);
  while (!record.done()) {
    WireTag tag;
    if (!record.ReadTag(tag)) return false;
    if (KeyOf(tag) != Bytes(view.payload_field)) {
      if (!record.Skip(tag)) return false;
      continue;
    }
    absl::string_view payload;
    if (!record.ReadBytes(payload)) return false;
    WireReader fields(payload);
    while (!fields.done()) {
      if (!fields.ReadTag(tag)) return false;
      absl::string_view entry;
      if (KeyOf(tag) != Bytes(entries)) {
        if (!fields.Skip(tag)) return false;
      } else if (!fields.ReadBytes(entry) || !ReadEntry(entry, visit)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace clientele::features
