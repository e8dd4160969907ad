// Protobuf's wire format read field by field, as views into the bytes: for hot paths that have no use for a message.
// https://protobuf.dev/programming-guides/encoding
//
//   WireReader in(bytes);
//   while (in.Next()) {
//     switch (in.tag()) {
//       case WireReader::Bytes(Subject::kCustomerIdFieldNumber): id = in.bytes(); break;
//       case WireReader::Fixed64(Value::kNumberFieldNumber): number = in.number(); break;
//     }
//   }
//   if (!in.ok()) ...   // Not a message.
//
// What no case names is skipped, as protobuf does: fields of later versions, and known ones of another wire type.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace clientele {

static_assert(std::endian::native == std::endian::little);

// Thread-compatible. `bytes` outlives it. Whether texts are UTF-8 is the caller's to check.
class WireReader {
 public:
  static constexpr uint32_t Varint(int field) { return Tag(field, kVarint); }
  static constexpr uint32_t Fixed64(int field) { return Tag(field, kFixed64); }
  static constexpr uint32_t Bytes(int field) { return Tag(field, kBytes); }  // Texts and messages, too.

  explicit WireReader(absl::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Reads the next field. False at the end, and where the bytes are damaged.
  bool Next() {
    if (at_ == end_) return false;
    const bool read = ReadVarint(kShort, &value_) && ReadPayload(static_cast<uint32_t>(value_));
    if (!read) Fail();
    return read;
  }
  bool ok() const { return ok_; }

  uint32_t tag() const { return tag_; }
  absl::string_view bytes() const { return bytes_; }      // Of Bytes.
  uint64_t varint() const { return value_; }              // Of Varint.
  bool flag() const { return value_ != 0; }
  int32_t int32() const { return static_cast<int32_t>(value_); }
  double number() const {                                 // Of Fixed64.
    double number;
    std::memcpy(&number, &value_, sizeof(number));
    return number;
  }

  // Skips what comes of fields of this tag, each shorter than 128 bytes. How many.
  int SkipShort(uint32_t bytes_tag) {
    int skipped = 0;
    const char* at = at_;
    for (; end_ - at >= 2 && static_cast<uint8_t>(at[0]) == bytes_tag; ++skipped) {
      const ptrdiff_t size = static_cast<signed char>(at[1]);
      if (size < 0 || end_ - at < 2 + size) break;
      at += 2 + size;
    }
    at_ = at;
    return skipped;
  }
  // What has not been read yet.
  absl::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  // Skips the first bytes of the rest, which must be whole fields.
  void Skip(size_t size) { at_ += size; }

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kBeginGroup = 3, kEndGroup = 4, kFixed32 = 5 };
  static constexpr int kDeepestGroup = 100;  // As protobuf, as what follows.
  static constexpr int kShort = 5, kLong = 10;  // Most bytes of a tag or a size; of a value.

  static constexpr uint32_t Tag(int field, WireType type) { return static_cast<uint32_t>(field) << 3 | type; }

  void Fail() {
    ok_ = false;
    at_ = end_;
  }

  bool ReadVarint(int most_bytes, uint64_t* value) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      *value = static_cast<uint8_t>(*at_++);
      return true;
    }
    uint64_t result = 0;
    for (int shift = 0; shift < 7 * most_bytes && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      result |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  bool ReadPayload(uint32_t tag) {
    tag_ = tag;
    if (tag >> 3 == 0) return false;
    switch (tag & 7) {
      case kVarint: return ReadVarint(kLong, &value_);
      case kFixed64:
        if (end_ - at_ < 8) return false;
        std::memcpy(&value_, at_, 8);  // Little-endian, as this machine.
        at_ += 8;
        return true;
      case kBytes: {
        uint64_t size = 0;
        if (!ReadVarint(kShort, &size) || size > static_cast<uint64_t>(end_ - at_)) return false;
        bytes_ = {at_, static_cast<size_t>(size)};
        at_ += size;
        return true;
      }
      case kBeginGroup: return depth_ < kDeepestGroup && SkipGroup(tag);
      case kFixed32:
        if (end_ - at_ < 4) return false;
        at_ += 4;
        return true;
      default: return false;  // The end of a group that did not begin.
    }
  }

  // To its own end. Leaves the tag as it began, which nobody asks for.
  bool SkipGroup(uint32_t begin) {
    const uint32_t end = begin - kBeginGroup + kEndGroup;
    ++depth_;
    uint64_t tag = 0;
    while (ReadVarint(kShort, &tag)) {
      if (static_cast<uint32_t>(tag) == end) {
        --depth_;
        tag_ = begin;
        return true;
      }
      if (!ReadPayload(static_cast<uint32_t>(tag))) return false;
    }
    return false;
  }

  const char* at_;
  const char* const end_;
  uint64_t value_ = 0;
  absl::string_view bytes_;
  uint32_t tag_ = 0;
  int depth_ = 0;
  bool ok_ = true;
};

}  // namespace clientele
