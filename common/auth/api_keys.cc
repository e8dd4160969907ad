#include "common/auth/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/auth/base64url.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace clientele::auth {
namespace {

using Json = nlohmann::json;

constexpr size_t kPrefixBytes = 4, kSecretBytes = 32;
constexpr size_t kPrefixSize = kApiKeyMark.size() + 2 * kPrefixBytes;  // Characters.
constexpr absl::string_view kEveryTenant = "*";

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  // Fails only where the machine has no randomness at all: then no key may be made.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) std::abort();
  return bytes;
}

std::string Sha256Hex(absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

absl::Status Refuse(absl::string_view what) {
  return Error(absl::StatusCode::kUnauthenticated, ErrorReason::kCredentialInvalid, what);
}

void SetTime(Json& json, const char* member, absl::Time time) {
  if (time != absl::InfiniteFuture()) json[member] = absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> TimeOf(const Json& json, const char* member) {
  if (!json.contains(member)) return absl::InfiniteFuture();
  absl::Time time;
  std::string error;
  const std::string text = json[member].is_string() ? json[member].get<std::string>() : "";
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", member, "\" of a key is no RFC 3339 time"));
  }
  return time;
}

absl::StatusOr<std::string> TextOf(const Json& json, const char* member) {
  const auto it = json.find(member);
  if (it == json.end() || !it->is_string()) {
    return absl::InvalidArgumentError(absl::StrCat("a key has no \"", member, "\""));
  }
  return it->get<std::string>();
}

absl::StatusOr<ApiKey> ReadKey(const Json& json) {
  if (!json.is_object()) return absl::InvalidArgumentError("a key is not an object");
  ApiKey key;
  CLIENTELE_ASSIGN_OR_RETURN(key.prefix, TextOf(json, "prefix"));
  CLIENTELE_ASSIGN_OR_RETURN(key.sha256, TextOf(json, "sha256"));
  CLIENTELE_ASSIGN_OR_RETURN(key.description, TextOf(json, "description"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string tenant, TextOf(json, "tenant"));
  if (tenant != kEveryTenant) {
    CLIENTELE_ASSIGN_OR_RETURN(key.principal.tenant, TenantId::Parse(tenant));
  }
  std::vector<std::string> roles;
  if (json.contains("roles") && json["roles"].is_array()) {
    for (const Json& role : json["roles"]) roles.push_back(role.is_string() ? role.get<std::string>() : "");
  }
  CLIENTELE_ASSIGN_OR_RETURN(key.principal.roles, ParseRoles(roles));
  key.principal.subject = absl::StrCat("key ", key.prefix);
  CLIENTELE_ASSIGN_OR_RETURN(key.create_time, TimeOf(json, "create_time"));
  CLIENTELE_ASSIGN_OR_RETURN(key.expire_time, TimeOf(json, "expire_time"));
  CLIENTELE_ASSIGN_OR_RETURN(key.revoke_time, TimeOf(json, "revoke_time"));
  return key;
}

}  // namespace

NewApiKey MakeApiKey(Principal principal, std::string description, absl::Time now, absl::Duration lifetime) {
  NewApiKey made;
  ApiKey& key = made.key;
  key.prefix = absl::StrCat(kApiKeyMark, absl::BytesToHexString(RandomBytes(kPrefixBytes)));
  made.secret = absl::StrCat(key.prefix, "_", EncodeBase64Url(RandomBytes(kSecretBytes)));
  key.sha256 = Sha256Hex(made.secret);
  key.description = std::move(description);
  key.principal = std::move(principal);
  key.principal.subject = absl::StrCat("key ", key.prefix);
  key.create_time = now;
  key.expire_time = now + lifetime;
  return made;
}

absl::StatusOr<ApiKeys> ApiKeys::Parse(absl::string_view text) {
  const Json file = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || !file.contains("keys") || !file["keys"].is_array()) {
    return absl::InvalidArgumentError("not a file of API keys: it wants an object with an array \"keys\"");
  }
  ApiKeys keys;
  for (const Json& json : file["keys"]) {
    CLIENTELE_ASSIGN_OR_RETURN(ApiKey key, ReadKey(json));
    keys.Add(std::move(key));
  }
  return keys;
}

std::string ApiKeys::Format() const {
  Json list = Json::array();
  for (const auto& [prefix, key] : keys_) {
    Json json = {
        {"prefix", prefix},
        {"sha256", key.sha256},
        {"description", key.description},
        {"tenant", key.principal.tenant.has_value() ? key.principal.tenant->value() : std::string(kEveryTenant)},
        {"roles", RoleNames(key.principal.roles)}};
    SetTime(json, "create_time", key.create_time);
    SetTime(json, "expire_time", key.expire_time);
    SetTime(json, "revoke_time", key.revoke_time);
    list.push_back(std::move(json));
  }
  return Json{{"keys", std::move(list)}}.dump(2) + "\n";
}

void ApiKeys::Add(ApiKey key) {
  std::string prefix = key.prefix;
  keys_.insert_or_assign(std::move(prefix), std::move(key));
}

absl::Status ApiKeys::Revoke(absl::string_view prefix, absl::Time now) {
  const auto it = keys_.find(prefix);
  if (it == keys_.end()) return absl::NotFoundError(absl::StrCat("no key begins with ", prefix));
  it->second.revoke_time = std::min(it->second.revoke_time, now);
  return absl::OkStatus();
}

absl::StatusOr<Principal> ApiKeys::Verify(absl::string_view secret, absl::Time now) const {
  const auto it = keys_.find(secret.substr(0, kPrefixSize));
  const std::string digest = Sha256Hex(secret);
  // The comparison takes as long whatever differs.
  if (it == keys_.end() || it->second.sha256.size() != digest.size() ||
      CRYPTO_memcmp(it->second.sha256.data(), digest.data(), digest.size()) != 0) {
    return Refuse("the API key is not known here");
  }
  if (now >= it->second.revoke_time) return Refuse("the API key is revoked");
  if (now >= it->second.expire_time) return Refuse("the API key has expired");
  return it->second.principal;
}

}  // namespace clientele::auth
