// Protobuf's wire format written field by field, from the last to the first: so the length of a message is known when
// it is written, in front of it. For hot paths that have no use for a message. See wire_reader.h.
//
//   WireWriter out(room + sizeof(room));
//   const char* const end = out.begin();
//   out.Text(Standing::kGradeFieldNumber, grade);
//   out.Number(Standing::kPercentileFieldNumber, percentile);
//   out.Message(Score::kStandingFieldNumber, end);   // Whose fields those were.
//   absl::string_view bytes(out.begin(), ...);
//
// The fields of a message must be written in falling order to give the bytes that protobuf gives. As there, what is
// zero or empty is left out.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace clientele {

static_assert(std::endian::native == std::endian::little);

// Thread-compatible. The room in front of `end` must do: a field takes its payload and kMostFrontBytes.
class WireWriter {
 public:
  static constexpr size_t kMostFrontBytes = 15;  // Of a tag and a length.

  explicit WireWriter(char* end) : at_(end) {}

  // Where what was written begins.
  const char* begin() const { return at_; }

  void Number(int field, double number) {
    uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof(bits));
    if (bits == 0) return;
    at_ -= sizeof(bits);
    std::memcpy(at_, &bits, sizeof(bits));
    Varint(Tag(field, kFixed64));
  }
  void Flag(int field, bool flag) {
    if (!flag) return;
    *--at_ = 1;
    Varint(Tag(field, kVarint));
  }
  void Text(int field, absl::string_view text) {
    if (text.empty()) return;
    const char* const end = at_;
    at_ -= text.size();
    std::memcpy(at_, text.data(), text.size());
    Message(field, end);
  }
  // A message of what was written since begin() was `end`.
  void Message(int field, const char* end) {
    Varint(static_cast<uint64_t>(end - at_));
    Varint(Tag(field, kBytes));
  }

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };
  static constexpr uint64_t Tag(int field, WireType type) { return static_cast<uint64_t>(field) << 3 | type; }

  void Varint(uint64_t value) {
    int bytes = 1;
    for (uint64_t rest = value; rest >= 0x80; rest >>= 7) ++bytes;
    at_ -= bytes;
    char* to = at_;
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to = static_cast<char>(value);
  }

  char* at_;
};

}  // namespace clientele
