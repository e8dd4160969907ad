// Profiles: e-mail, telephone, attributes.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/ingestion/records/contact.h"
#include "services/ingestion/records/payloads.h"
#include "services/ingestion/records/text.h"
#include "services/ingestion/records/values.h"

namespace clientele::ingestion {
namespace {

using common::v1::Value;

constexpr size_t kMaxEmailBytes = 320;
constexpr size_t kMaxPhoneBytes = 64;

// Replaces `text` by its standard form; the original is kept where it differs.
void Replace(absl::string_view path, std::string standard, v1::Record& record, std::string& text) {
  if (text == standard) return;
  (*record.mutable_originals())[std::string(path)] = std::move(text);
  text = std::move(standard);
}

MaybeRejection StandardiseContact(const TenantContext& context, v1::Record& record) {
  v1::Profile& profile = *record.mutable_profile();
  std::string standard;
  if (!profile.email().empty()) {
    if (MaybeRejection bad = CheckLength("profile.email", profile.email(), kMaxEmailBytes)) return bad;
    if (!StandardiseEmail(profile.email(), standard)) {
      return Rejection{v1::REJECTION_REASON_INVALID_FORMAT, "profile.email", "is not an address as name@example.com"};
    }
    Replace("profile.email", std::move(standard), record, *profile.mutable_email());
  }
  if (!profile.phone().empty()) {
    if (MaybeRejection bad = CheckLength("profile.phone", profile.phone(), kMaxPhoneBytes)) return bad;
    if (!StandardisePhone(profile.phone(), context.phone_region(), standard)) {
      return Rejection{
          v1::REJECTION_REASON_INVALID_FORMAT, "profile.phone",
          absl::StrCat("is not a telephone number: give + and the calling code, or a number as it is dialled in ",
                       context.phone_region())};
    }
    Replace("profile.phone", std::move(standard), record, *profile.mutable_phone());
  }
  return std::nullopt;
}

// Numbers and flags are numbers, texts categories; times and empty values are no features.
void ListAttributes(const v1::Profile& profile, storage::NewRecord& result) {
  for (const auto& [name, value] : profile.attributes()) {
    if (value.kind_case() == Value::kNumber || value.kind_case() == Value::kFlag) {
      result.attributes.emplace_back(name, common::v1::FEATURE_TYPE_NUMBER);
    } else if (value.kind_case() == Value::kText) {
      result.attributes.emplace_back(name, common::v1::FEATURE_TYPE_CATEGORY);
    }
  }
}

}  // namespace

MaybeRejection StandardiseProfile(const TenantContext& context, v1::Record& record, storage::NewRecord& result) {
  if (MaybeRejection bad = StandardiseContact(context, record)) return bad;
  const v1::Profile& profile = record.profile();
  if (MaybeRejection bad = CheckLength("profile.display_name", profile.display_name(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckValues("profile.attributes", profile.attributes())) return bad;
  ListAttributes(profile, result);
  if (profile.email().empty()) result.missing_fields.push_back("profile.email");
  if (profile.phone().empty()) result.missing_fields.push_back("profile.phone");
  if (profile.display_name().empty()) result.missing_fields.push_back("profile.display_name");
  return std::nullopt;
}

}  // namespace clientele::ingestion
