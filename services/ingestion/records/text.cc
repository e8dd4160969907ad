#include "services/ingestion/records/text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace clientele::ingestion {
namespace {

constexpr size_t kMaxNameBytes = 63;

bool IsLower(char c) { return absl::ascii_islower(static_cast<unsigned char>(c)); }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsAlpha(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// For messages: short, and only printable characters.
std::string Quoted(absl::string_view text) {
  const absl::string_view cut = CutUtf8(text, 64);
  return absl::StrCat("\"", absl::Utf8SafeCHexEscape(cut), cut.size() < text.size() ? "...\"" : "\"");
}

Rejection BadFormat(absl::string_view field, absl::string_view text, absl::string_view pattern) {
  return {v1::REJECTION_REASON_INVALID_FORMAT, std::string(field), absl::StrCat(Quoted(text), " is not ", pattern)};
}

}  // namespace

size_t Utf8CharacterSize(absl::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned c = at(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return follows(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    const bool overlong = c == 0xe0 && at(1) < 0xa0;
    const bool surrogate = c == 0xed && at(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    const bool overlong = c == 0xf0 && at(1) < 0x90;
    const bool beyond = c == 0xf4 && at(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8CharacterSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string ReplaceBadUtf8(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t size = Utf8CharacterSize(text);
    if (size == 0) {
      result += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      result.append(text.data(), size);
      text.remove_prefix(size);
    }
  }
  return result;
}

absl::string_view CutUtf8(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0u) == 0x80u) --size;
  return text.substr(0, size);
}

MaybeRejection CheckLength(absl::string_view field, absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::nullopt;
  return Rejection{v1::REJECTION_REASON_TOO_LONG, std::string(field),
                   absl::StrCat("is ", text.size(), " bytes long; at most ", max_bytes, " are allowed")};
}

MaybeRejection CheckRequired(absl::string_view field, absl::string_view text, size_t max_bytes) {
  if (text.empty()) return Rejection{v1::REJECTION_REASON_MISSING_FIELD, std::string(field), "is required"};
  return CheckLength(field, text, max_bytes);
}

MaybeRejection CheckSource(absl::string_view field, absl::string_view text) {
  if (MaybeRejection bad = CheckRequired(field, text, kMaxNameBytes)) return bad;
  bool ok = IsLower(text[0]) || IsDigit(text[0]);
  for (const char c : text) ok = ok && (IsLower(c) || IsDigit(c) || c == '.' || c == '_' || c == '-');
  if (ok) return std::nullopt;
  return BadFormat(field, text, "[a-z0-9][a-z0-9._-]{0,62}");
}

MaybeRejection CheckIdentifier(absl::string_view field, absl::string_view text) {
  if (MaybeRejection bad = CheckRequired(field, text, kMaxNameBytes)) return bad;
  bool ok = IsLower(text[0]);
  for (const char c : text) ok = ok && (IsLower(c) || IsDigit(c) || c == '_');
  if (ok) return std::nullopt;
  return BadFormat(field, text, "[a-z][a-z0-9_]{0,62}");
}

bool IsAttributeName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes || !IsAlpha(text[0])) return false;
  for (const char c : text) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '_') return false;
  }
  return true;
}

}  // namespace clientele::ingestion
