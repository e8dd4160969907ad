// Reads protobuf's wire format from bytes in place: no copies, every step checked against the end. What does not parse
// makes a call return false; nothing is ever read outside the bytes.
#pragma once

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace clientele::features {

enum class WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

struct WireTag {
  uint32_t field;
  WireType type;
};

// One pass over the fields of a message. Thread-compatible; the bytes must outlive it.
class WireReader {
 public:
  explicit WireReader(absl::string_view bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return next_ == end_; }
  const char* position() const { return next_; }

  bool ReadTag(WireTag& tag) {
    if (next_ != end_ && static_cast<uint8_t>(*next_) < 0x80) {
      const auto value = static_cast<uint8_t>(*next_++);
      tag.field = value >> 3;
      tag.type = static_cast<WireType>(value & 7);
      return tag.field != 0;
    }
    return ReadLongTag(tag);
  }

  bool ReadVarint(uint64_t& value) {
    if (next_ != end_ && static_cast<uint8_t>(*next_) < 0x80) {
      value = static_cast<uint8_t>(*next_++);
      return true;
    }
    return ReadLongVarint(value);
  }

  bool ReadBytes(absl::string_view& bytes) {
    uint64_t size;
    if (!ReadVarint(size) || size > static_cast<uint64_t>(end_ - next_)) return false;
    bytes = absl::string_view(next_, size);
    next_ += size;
    return true;
  }

  bool ReadDouble(double& value) {
    if (end_ - next_ < 8) return false;
    std::memcpy(&value, next_, 8);  // The wire is little-endian, and so is every machine we run on.
    next_ += 8;
    return true;
  }

  // Skips the value of a field that nobody asked for.
  bool Skip(WireTag tag, int depth = 0) {
    uint64_t ignored;
    absl::string_view bytes;
    switch (tag.type) {
      case WireType::kVarint: return ReadVarint(ignored);
      case WireType::kFixed64: return Advance(8);
      case WireType::kBytes: return ReadBytes(bytes);
      case WireType::kFixed32: return Advance(4);
      case WireType::kGroup: return SkipGroup(tag.field, depth);
      case WireType::kEndGroup: break;
    }
    return false;
  }

 private:
  static constexpr int kMaxDepth = 64;

  bool Advance(ptrdiff_t size) {
    if (end_ - next_ < size) return false;
    next_ += size;
    return true;
  }

  bool ReadLongTag(WireTag& tag) {
    const char* const begin = next_;
    uint64_t bits;
    if (!ReadVarint(bits) || next_ - begin > 5) return false;
    const auto value = static_cast<uint32_t>(bits);  // As protobuf does: of five bytes, 32 bits count.
    tag.field = value >> 3;
    tag.type = static_cast<WireType>(value & 7);
    return tag.field != 0;
  }

  bool ReadLongVarint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (next_ == end_) return false;
      const uint64_t byte = static_cast<uint8_t>(*next_++);
      value |= shift < 64 ? (byte & 0x7f) << shift : 0;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool SkipGroup(uint32_t field, int depth) {
    if (depth >= kMaxDepth) return false;
    WireTag tag;
    while (ReadTag(tag)) {
      if (tag.type == WireType::kEndGroup) return tag.field == field;
      if (!Skip(tag, depth + 1)) return false;
    }
    return false;
  }

  const char* next_;
  const char* end_;
};

}  // namespace clientele::features
