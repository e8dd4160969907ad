#include "common/rpc/trace.h"

#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

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

std::string RandomHex64() {
  thread_local absl::BitGen generator;
  return absl::StrCat(
      absl::Hex(absl::Uniform<uint64_t>(absl::IntervalClosed, generator, 1, UINT64_MAX), absl::kZeroPad16));
}

}  // namespace

std::string RequestIdOr(absl::string_view requested) {
  bool valid = !requested.empty() && requested.size() <= 64;
  for (const char c : requested) valid = valid && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-');
  return valid ? std::string(requested) : absl::StrCat(RandomHex64(), RandomHex64());
}

std::string ChildTraceparent(absl::string_view parent) {
  if (!IsTraceparent(parent)) return absl::StrCat("00-", RandomHex64(), RandomHex64(), "-", RandomHex64(), "-00");
  return absl::StrCat("00-", parent.substr(kTraceBegin, kTraceSize), "-", RandomHex64(), "-",
                      parent.substr(kFlagsBegin, 2));
}

absl::string_view TraceId(absl::string_view traceparent) {
  return IsTraceparent(traceparent) ? traceparent.substr(kTraceBegin, kTraceSize) : absl::string_view();
}

}  // namespace clientele::rpc
