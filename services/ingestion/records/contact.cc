#include "services/ingestion/records/contact.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/ingestion/records/phone_regions.h"

namespace clientele::ingestion {
namespace {

bool IsLabel(absl::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    const auto u = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(u) && c != '-' && u < 0x80) return false;  // Other scripts are as they are.
  }
  return true;
}

bool IsDomain(absl::string_view domain) {
  int labels = 0;
  for (const absl::string_view label : absl::StrSplit(domain, '.')) {
    if (!IsLabel(label)) return false;
    ++labels;
  }
  return labels >= 2;
}

bool IsLocalPart(absl::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
  if (absl::StrContains(local, "..")) return false;
  for (const char c : local) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80 || absl::ascii_isalnum(u)) continue;
    if (!absl::StrContains("!#$%&'*+-/=?^_`{|}~.", c)) return false;
  }
  return true;
}

// The digits of a number, and whether a + stands before them. False where there is anything but a number.
bool ReadDigits(absl::string_view text, bool& international, std::string& digits) {
  text = absl::StripAsciiWhitespace(text);
  international = absl::ConsumePrefix(&text, "+") || absl::ConsumePrefix(&text, "(+");
  while (!text.empty()) {
    if (international && absl::ConsumePrefix(&text, "(0)")) continue;  // "+44 (0)20 ...": the 0 is for callers at home.
    const char c = text[0];
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digits.push_back(c);
    } else if (!absl::StrContains(" .-/()", c)) {
      return false;
    }
    text.remove_prefix(1);
  }
  return !digits.empty();
}

}  // namespace

bool StandardiseEmail(absl::string_view text, std::string& email) {
  text = absl::StripAsciiWhitespace(text);
  const size_t at = text.rfind('@');
  if (text.size() > 254 || at == absl::string_view::npos) return false;
  const absl::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  if (!IsLocalPart(local) || !IsDomain(domain)) return false;
  email = absl::StrCat(local, "@", absl::AsciiStrToLower(domain));
  return true;
}

bool StandardisePhone(absl::string_view text, absl::string_view region, std::string& phone) {
  bool international = false;
  std::string digits;
  if (!ReadDigits(text, international, digits)) return false;
  absl::string_view number = digits;
  const PhoneRegion* home = FindPhoneRegion(region);
  if (!international) {
    const bool american = home != nullptr && home->calling_code == "1";
    international = absl::ConsumePrefix(&number, american ? "011" : "00");
  }
  if (international) {
    if (number.size() < 7 || number.size() > 15 || !HasCallingCode(number)) return false;
    phone = absl::StrCat("+", number);
    return true;
  }
  if (home == nullptr) return false;
  if (!home->trunk_prefix.empty()) absl::ConsumePrefix(&number, home->trunk_prefix);
  const auto size = static_cast<int>(number.size());
  if (size < home->shortest || size > home->longest) return false;
  phone = absl::StrCat("+", home->calling_code, number);
  return true;
}

}  // namespace clientele::ingestion
