#include "common/rpc/trace.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"

namespace clientele::rpc {
namespace {

// version(2) - trace(32) - span(16) - flags(2)
constexpr size_t kTraceBegin = 3, kTraceSize = 32, kSpanBegin = 36, kSpanSize = 16, kFlagsBegin = 53, kSize = 55;

bool IsLowerHex(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

bool IsZero(absl::string_view text) { return text.find_first_not_of('0') == absl::string_view::npos; }

bool IsTraceparent(absl::string_view text) {
  if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const absl::string_view version = text.substr(0, 2);
  const absl::string_view trace = text.substr(kTraceBegin, kTraceSize);
  const absl::string_view span = text.substr(kSpanBegin, kSpanSize);
  if (!IsLowerHex(version) || !IsLowerHex(trace) || !IsLowerHex(span) || !IsLowerHex(text.substr(kFlagsBegin, 2))) {
    return false;
  }
  // Later versions may append fields; version ff is forbidden.
  if (version == "ff" || (version == "00" ? text.size() != kSize : text.size() > kSize && text[kSize] != '-'))
    return false;
  return !IsZero(trace) && !IsZero(span);
}

// A byte's two digits, for each byte.
constexpr auto kDigits = [] {
  std::array<char, 512> digits{};
  for (size_t i = 0; i < 512; ++i) digits[i] = "0123456789abcdef"[i % 2 == 0 ? i >> 5 : i >> 1 & 15];
  return digits;
}();

// Writes 16 digits of a random number that is not 0; where they end.
char* WriteRandomHex(char* at) {
  thread_local absl::BitGen generator;
  auto number = absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX);
  for (int i = 0; i < 16; i += 2, number >>= 8) std::memcpy(at + i, &kDigits[2 * (number & 255)], 2);
  return at + 16;
}

}  // namespace

std::string RequestIdOr(absl::string_view requested) {
  bool valid = !requested.empty() && requested.size() <= 64;
  for (const char c : requested) valid = valid && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-');
  if (valid) return std::string(requested);
  std::string id(32, '0');
  WriteRandomHex(WriteRandomHex(id.data()));
  return id;
}

std::string ChildTraceparent(absl::string_view parent) {
  std::string child = "00-00000000000000000000000000000000-0000000000000000-00";
  WriteRandomHex(child.data() + kSpanBegin);
  if (!IsTraceparent(parent)) {
    WriteRandomHex(WriteRandomHex(child.data() + kTraceBegin));
    return child;
  }
  parent.substr(kTraceBegin, kTraceSize).copy(child.data() + kTraceBegin, kTraceSize);
  parent.substr(kFlagsBegin, 2).copy(child.data() + kFlagsBegin, 2);
  return child;
}

absl::string_view TraceId(absl::string_view traceparent) {
  return IsTraceparent(traceparent) ? traceparent.substr(kTraceBegin, kTraceSize) : absl::string_view();
}

}  // namespace clientele::rpc
