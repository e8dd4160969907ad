#include "common/audit/kept_name.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/resource_name.h"

namespace clientele::audit {
namespace {

constexpr size_t kLongestPart = 64;
constexpr size_t kMostParts = 8;

bool IsPlain(absl::string_view part) {
  return part.size() <= kLongestPart && std::all_of(part.begin(), part.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
         });
}

// Of an id as it stands in a name.
std::string DigestOf(absl::string_view tenant, absl::string_view encoded, const privacy::DigestKey& key) {
  const auto name = ParseCustomerName("name", absl::StrCat("tenants/", tenant, "/customers/", encoded));
  return absl::StrCat("~", key.Of(name.ok() ? name->customer_id : encoded).ToHex());
}

}  // namespace

std::string KeptName(absl::string_view name, const privacy::DigestKey& key) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  std::vector<std::string> kept;
  for (size_t i = 0; i < std::min(parts.size(), kMostParts); ++i) {
    if (i > 0 && parts[i - 1] == "customers") {
      kept.push_back(DigestOf(parts[1], parts[i], key));
    } else {
      kept.push_back(IsPlain(parts[i]) ? std::string(parts[i]) : "?");
    }
  }
  return absl::StrJoin(kept, "/");
}

}  // namespace clientele::audit
