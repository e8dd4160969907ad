#include "common/auth/key_set.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/auth/base64url.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace clientele::auth {
namespace {

using Json = nlohmann::json;

constexpr int kLeastRsaBits = 2048;
constexpr size_t kP256Bytes = 32;

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

std::string Text(const Json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

absl::StatusOr<std::string> Bytes(const Json& object, const char* member) {
  const std::string text = Text(object, member);
  if (text.empty()) return Bad(absl::StrCat("a key has no \"", member, "\""));
  auto bytes = DecodeBase64Url(text);
  if (!bytes.ok()) return Bad(absl::StrCat("\"", member, "\" of a key is ", bytes.status().message()));
  return bytes;
}

KeyHandle FromParameters(const char* kind, OSSL_PARAM_BLD* builder) {
  const Handle<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return KeyHandle(key);
}

Handle<BIGNUM> Number(const std::string& bytes) {
  return Handle<BIGNUM>(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

absl::StatusOr<KeyHandle> RsaKey(const Json& json) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string modulus, Bytes(json, "n"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string exponent, Bytes(json, "e"));
  const Handle<BIGNUM> n = Number(modulus), e = Number(exponent);
  const Handle<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return FromParameters("RSA", builder.get());
}

absl::StatusOr<KeyHandle> EllipticKey(const Json& json) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string x, Bytes(json, "x"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string y, Bytes(json, "y"));
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return Bad("\"x\" and \"y\" of a P-256 key have 32 bytes");
  const std::string point = absl::StrCat("\x04", x, y);  // Uncompressed.
  const Handle<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return FromParameters("EC", builder.get());
}

absl::StatusOr<KeyHandle> EdwardsKey(const Json& json) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string x, Bytes(json, "x"));
  return KeyHandle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                               reinterpret_cast<const unsigned char*>(x.data()), x.size()));
}

// Nothing for a key that is not ours to use.
absl::StatusOr<std::optional<KeySet::Key>> ReadJsonKey(const Json& json) {
  if (!json.is_object()) return Bad("a key is not an object");
  const std::string use = Text(json, "use"), kind = Text(json, "kty"), curve = Text(json, "crv");
  if (!use.empty() && use != "sig") return std::nullopt;
  absl::StatusOr<KeyHandle> key = nullptr;
  if (kind == "RSA") {
    key = RsaKey(json);
  } else if (kind == "EC" && curve == "P-256") {
    key = EllipticKey(json);
  } else if (kind == "OKP" && curve == "Ed25519") {
    key = EdwardsKey(json);
  } else {
    return std::nullopt;
  }
  CLIENTELE_RETURN_IF_ERROR(key.status());
  if (*key == nullptr) return Bad(absl::StrCat("a key of kind ", kind, " holds no public key"));
  CLIENTELE_ASSIGN_OR_RETURN(const SignatureAlgorithm algorithm, AlgorithmOf(**key));
  const std::string stated = Text(json, "alg");
  if (!stated.empty() && stated != AlgorithmName(algorithm)) return std::nullopt;
  return KeySet::Key{Text(json, "kid"), algorithm, *std::move(key)};
}

absl::StatusOr<std::vector<KeySet::Key>> ReadJson(absl::string_view text) {
  const Json set = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
    return Bad("not a JSON Web Key Set: it wants an object with an array \"keys\"");
  }
  std::vector<KeySet::Key> keys;
  for (const Json& json : set["keys"]) {
    CLIENTELE_ASSIGN_OR_RETURN(std::optional<KeySet::Key> key, ReadJsonKey(json));
    if (key.has_value()) keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<std::vector<KeySet::Key>> ReadPem(absl::string_view text) {
  const Handle<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<KeySet::Key> keys;
  while (KeyHandle key = KeyHandle(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr))) {
    CLIENTELE_ASSIGN_OR_RETURN(const SignatureAlgorithm algorithm, AlgorithmOf(*key));
    keys.push_back({"", algorithm, std::move(key)});
  }
  return keys;
}

}  // namespace

absl::string_view AlgorithmName(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kRs256: return "RS256";
    case SignatureAlgorithm::kEs256: return "ES256";
    case SignatureAlgorithm::kEdDsa: return "EdDSA";
  }
  return "";
}

absl::StatusOr<SignatureAlgorithm> AlgorithmOf(const EVP_PKEY& key) {
  switch (EVP_PKEY_get_base_id(&key)) {
    case EVP_PKEY_ED25519: return SignatureAlgorithm::kEdDsa;
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(&key) < kLeastRsaBits) {
        return Bad(absl::StrCat("an RSA key of ", EVP_PKEY_get_bits(&key), " bits; at least 2048 are wanted"));
      }
      return SignatureAlgorithm::kRs256;
    case EVP_PKEY_EC: {
      char group[64] = "";
      EVP_PKEY_get_group_name(&key, group, sizeof(group), nullptr);
      if (absl::string_view(group) == "prime256v1") return SignatureAlgorithm::kEs256;
      return Bad(absl::StrCat("an elliptic key on ", group, "; P-256 is wanted"));
    }
    default: return Bad("a key that is neither RSA, P-256 nor Ed25519");
  }
}

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view text) {
  KeySet set;
  CLIENTELE_ASSIGN_OR_RETURN(set.keys_, absl::StrContains(text, "-----BEGIN ") ? ReadPem(text) : ReadJson(text));
  if (set.keys_.empty()) return Bad("no public key in it that signatures can be checked with");
  return set;
}

std::vector<const KeySet::Key*> KeySet::Find(absl::string_view id) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (id.empty() || key.id.empty() || key.id == id) found.push_back(&key);
  }
  return found;
}

}  // namespace clientele::auth
