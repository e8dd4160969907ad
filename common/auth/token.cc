#include "common/auth/token.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/auth/base64url.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace clientele::auth {
namespace {

using Json = nlohmann::json;

constexpr int kHalfSignature = 32;  // Of ES256: r and s, big-endian.
constexpr absl::string_view kEveryTenant = "*";

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

absl::Status Refuse(absl::string_view what) {
  return Error(absl::StatusCode::kUnauthenticated, ErrorReason::kCredentialInvalid, what);
}

const unsigned char* Data(absl::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

const EVP_MD* DigestOf(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kEdDsa ? nullptr : EVP_sha256();
}

// OpenSSL wants ECDSA signatures in DER, tokens hold the two numbers. Empty: they are none.
std::string ToDer(absl::string_view raw) {
  if (raw.size() != 2 * kHalfSignature) return "";
  const Handle<ECDSA_SIG> signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(Data(raw), kHalfSignature, nullptr),
                 BN_bin2bn(Data(raw) + kHalfSignature, kHalfSignature, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? size : 0);
  OPENSSL_free(der);
  return bytes;
}

std::string FromDer(absl::string_view der) {
  const unsigned char* data = Data(der);
  const Handle<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size())));
  std::string raw(2 * kHalfSignature, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kHalfSignature);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kHalfSignature, kHalfSignature);
  return raw;
}

bool SignatureHolds(const KeySet::Key& key, absl::string_view text, absl::string_view signature) {
  const std::string der = key.algorithm == SignatureAlgorithm::kEs256 ? ToDer(signature) : std::string(signature);
  if (der.empty()) return false;
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, DigestOf(key.algorithm), nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Data(der), der.size(), Data(text), text.size()) == 1;
}

absl::StatusOr<Json> DecodeObject(absl::string_view part) {
  const auto text = DecodeBase64Url(part);
  Json json = text.ok() ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
  if (!json.is_object()) return Refuse("the token is not a JSON Web Token");
  return json;
}

std::string Text(const Json& object, const std::string& member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// Nothing where the claim is absent or no instant.
std::optional<absl::Time> Instant(const Json& claims, const char* claim) {
  const auto it = claims.find(claim);
  if (it == claims.end() || !it->is_number()) return std::nullopt;
  const double seconds = it->get<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e12) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

// A claim that is one text or a list of texts.
std::vector<std::string> Texts(const Json& claims, const std::string& claim) {
  std::vector<std::string> texts;
  const auto it = claims.find(claim);
  if (it == claims.end()) return texts;
  if (it->is_string()) texts.push_back(it->get<std::string>());
  if (it->is_array()) {
    for (const Json& text : *it) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
  }
  return texts;
}

absl::Status CheckSignature(const Json& header, absl::string_view signed_text, absl::string_view encoded_signature,
                            const KeySet& keys) {
  if (header.contains("crit")) return Refuse("the token asks for extensions that are not known here");
  const auto signature = DecodeBase64Url(encoded_signature);
  if (!signature.ok()) return Refuse("the token is not a JSON Web Token");
  const std::string algorithm = Text(header, "alg");
  for (const KeySet::Key* key : keys.Find(Text(header, "kid"))) {
    if (algorithm == AlgorithmName(key->algorithm) && SignatureHolds(*key, signed_text, *signature)) {
      return absl::OkStatus();
    }
  }
  return Refuse("the token is not signed by a key that is trusted here");
}

absl::Status CheckTimes(const Json& claims, absl::Duration skew, absl::Time now) {
  const std::optional<absl::Time> expiry = Instant(claims, "exp");
  if (!expiry.has_value()) return Refuse("the token has no expiry");
  if (now >= *expiry + skew) return Refuse("the token has expired");
  if (claims.contains("nbf")) {
    const std::optional<absl::Time> begin = Instant(claims, "nbf");
    if (!begin.has_value() || now < *begin - skew) return Refuse("the token is not valid yet");
  }
  return absl::OkStatus();
}

absl::Status CheckParties(const Json& claims, const TokenRules& rules) {
  if (!rules.issuer.empty() && Text(claims, "iss") != rules.issuer) return Refuse("the token is from another issuer");
  if (rules.audience.empty()) return absl::OkStatus();
  for (const std::string& audience : Texts(claims, "aud")) {
    if (audience == rules.audience) return absl::OkStatus();
  }
  return Refuse("the token is for another audience");
}

absl::StatusOr<Principal> PrincipalOf(const Json& claims, const TokenRules& rules) {
  Principal principal;
  principal.subject = Text(claims, "sub");
  if (principal.subject.empty()) return Refuse("the token names no subject");
  const std::string tenant = Text(claims, rules.tenant_claim);
  if (tenant != kEveryTenant) {
    auto parsed = TenantId::Parse(tenant);
    if (!parsed.ok()) return Refuse("the token names no tenant");
    principal.tenant = *std::move(parsed);
  }
  // A role that is not known here gives nothing: an issuer may know more than we do.
  for (const std::string& name : Texts(claims, rules.roles_claim)) {
    if (const auto role = ParseRoles({name}); role.ok()) principal.roles.Merge(*role);
  }
  return principal;
}

std::string Encode(const Json& json) { return EncodeBase64Url(json.dump()); }

}  // namespace

absl::StatusOr<Principal> VerifyToken(absl::string_view token, const KeySet& keys, const TokenRules& rules,
                                      absl::Time now) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (token.size() > kLongestToken || parts.size() != 3) return Refuse("the token is not a JSON Web Token");
  CLIENTELE_ASSIGN_OR_RETURN(const Json header, DecodeObject(parts[0]));
  CLIENTELE_RETURN_IF_ERROR(
      CheckSignature(header, token.substr(0, parts[0].size() + 1 + parts[1].size()), parts[2], keys));
  CLIENTELE_ASSIGN_OR_RETURN(const Json claims, DecodeObject(parts[1]));
  CLIENTELE_RETURN_IF_ERROR(CheckTimes(claims, rules.clock_skew, now));
  CLIENTELE_RETURN_IF_ERROR(CheckParties(claims, rules));
  return PrincipalOf(claims, rules);
}

absl::StatusOr<std::string> SignToken(const TokenClaims& claims, absl::string_view private_key_pem) {
  const Handle<BIO> bio(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
  const KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return absl::InvalidArgumentError("not a PEM private key");
  CLIENTELE_ASSIGN_OR_RETURN(const SignatureAlgorithm algorithm, AlgorithmOf(*key));
  Json body = {{"sub", claims.subject},
               {"tenant", claims.tenant},
               {"roles", claims.roles},
               {"iat", absl::ToUnixSeconds(claims.issued)},
               {"exp", absl::ToUnixSeconds(claims.issued + claims.lifetime)}};
  if (!claims.issuer.empty()) body["iss"] = claims.issuer;
  if (!claims.audience.empty()) body["aud"] = claims.audience;
  const Json header = {{"alg", std::string(AlgorithmName(algorithm))}, {"typ", "JWT"}};
  const std::string text = absl::StrCat(Encode(header), ".", Encode(body));
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  size_t size = 0;
  std::string signature;
  if (EVP_DigestSignInit(context.get(), nullptr, DigestOf(algorithm), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Data(text), text.size()) != 1) {
    return absl::InternalError("the key cannot sign");
  }
  signature.resize(size);
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, Data(text),
                     text.size()) != 1) {
    return absl::InternalError("the key cannot sign");
  }
  signature.resize(size);
  if (algorithm == SignatureAlgorithm::kEs256) signature = FromDer(signature);
  return absl::StrCat(text, ".", EncodeBase64Url(signature));
}

}  // namespace clientele::auth
