#include "services/ingestion/features/properties.h"

#include "services/ingestion/features/wire_reader.h"

namespace clientele::features {
namespace {

// Fields of protos/clientele/ingestion/v1/record.proto that hold entries: the payload in the record, and the map in the
// payload. tests/services/ingestion/features/properties_test.cc holds this reader against the generated one.
struct EntriesField {
  uint32_t payload = 0;
  uint32_t entries = 0;
};

EntriesField EntriesOf(common::v1::RecordKind kind) {
  switch (kind) {
    case common::v1::RECORD_KIND_PROFILE: return {10, 4};
    case common::v1::RECORD_KIND_TRANSACTION: return {11, 10};
    case common::v1::RECORD_KIND_INTERACTION: return {12, 5};
    default: return {};
  }
}

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

bool ForEachProperty(const ingestion::RecordView& view, PropertyVisitor visit) {
  const EntriesField field = EntriesOf(view.kind);
  if (field.payload == 0) return true;
  WireReader record(view.rest);
  while (!record.done()) {
    WireTag tag;
    if (!record.ReadTag(tag)) return false;
    if (KeyOf(tag) != Bytes(field.payload)) {
      if (!record.Skip(tag)) return false;
      continue;
    }
    absl::string_view payload;
    if (!record.ReadBytes(payload)) return false;
    WireReader fields(payload);
    while (!fields.done()) {
      if (!fields.ReadTag(tag)) return false;
      absl::string_view entry;
      if (KeyOf(tag) != Bytes(field.entries)) {
        if (!fields.Skip(tag)) return false;
      } else if (!fields.ReadBytes(entry) || !ReadEntry(entry, visit)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace clientele::features
