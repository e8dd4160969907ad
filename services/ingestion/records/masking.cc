#include "services/ingestion/records/masking.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/ingestion/records/contact.h"

namespace clientele::ingestion {
namespace {

constexpr int kHiddenDigits = 4;
constexpr absl::string_view kHidden = "***";

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::string MaskEmail(absl::string_view email) {
  std::string standard;
  if (!StandardiseEmail(email, standard)) return std::string(kHidden);
  return absl::StrCat(kHidden, standard.substr(standard.rfind('@')));
}

// Whatever stands between the digits stays; a text with anything else in it is no number, and hidden.
std::string MaskPhone(absl::string_view phone) {
  if (phone.find_first_not_of("+0123456789 .-/()") != absl::string_view::npos) return std::string(kHidden);
  std::string masked(phone);
  int hidden = 0;
  for (size_t i = masked.size(); i > 0 && hidden < kHiddenDigits; --i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(masked[i - 1]))) continue;
    masked[i - 1] = '*';
    ++hidden;
  }
  return masked;
}

std::string MaskName(absl::string_view name) {
  std::vector<std::string> initials;
  for (const absl::string_view word : absl::StrSplit(name, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
    size_t size = 1;
    while (size < word.size() && !BeginsCharacter(word[size])) ++size;
    initials.push_back(absl::StrCat(word.substr(0, size), "."));
  }
  return absl::StrJoin(initials, " ");
}

std::string MaskText(absl::string_view text) {
  int64_t characters = 0;
  for (const char c : text) characters += BeginsCharacter(c) ? 1 : 0;
  return absl::StrCat("(withheld, ", characters, characters == 1 ? " character)" : " characters)");
}

void MaskField(PersonalKind kind, std::string& value, bool& masked) {
  if (value.empty()) return;
  value = MaskValue(kind, value);
  masked = true;
}

}  // namespace

std::string MaskValue(PersonalKind kind, absl::string_view value) {
  switch (kind) {
    case PersonalKind::kEmail: return MaskEmail(value);
    case PersonalKind::kPhone: return MaskPhone(value);
    case PersonalKind::kName: return MaskName(value);
    case PersonalKind::kText: break;
  }
  return MaskText(value);
}

void Mask(v1::Customer& customer) {
  bool masked = false;
  MaskField(PersonalKind::kEmail, *customer.mutable_email(), masked);
  MaskField(PersonalKind::kPhone, *customer.mutable_phone(), masked);
  MaskField(PersonalKind::kName, *customer.mutable_display_name(), masked);
  customer.set_masked(masked);
}

void Mask(v1::Record& record) {
  bool masked = false;
  ForEachPersonalValue(record,
                       [&](const PersonalField& field, std::string& value) { MaskField(field.kind, value, masked); });
  record.set_masked(masked);
}

void Mask(v1::RejectedRecord& rejected) {
  rejected.mutable_record()->clear_originals();
  Mask(*rejected.mutable_record());
}

}  // namespace clientele::ingestion
