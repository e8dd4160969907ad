// Credentials that were damaged, or made up: whatever the bytes, they are refused as UNAUTHENTICATED, and files of keys
// as INVALID_ARGUMENT, without a crash and without opening anything.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/auth/api_keys.h"
#include "common/auth/base64url.h"
#include "common/auth/key_set.h"
#include "common/auth/token.h"
#include "tests/common/auth/signing_key.h"

namespace clientele::auth {
namespace {

constexpr int kRounds = 3000;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// One to four bytes changed, removed or doubled.
std::string Damaged(std::string text, std::mt19937_64& random) {
  for (uint64_t changes = 1 + random() % 4; changes > 0 && !text.empty(); --changes) {
    const size_t at = random() % text.size();
    switch (random() % 3) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text.erase(at, 1 + random() % 8); break;
      default: text.insert(at, text.substr(at, 1 + random() % 8));
    }
  }
  return text;
}

TEST(CredentialFuzzTest, NoDamagedTokenIsTaken) {
  std::mt19937_64 random(1);
  for (const SigningKey& key : {NewEd25519Key(), NewP256Key()}) {
    TokenClaims claims;
    claims.subject = "crm";
    claims.tenant = "acme";
    claims.roles = {"scorer"};
    claims.issued = kNow;
    claims.lifetime = absl::Hours(1);
    const std::string token = SignToken(claims, key.private_pem).value();
    const KeySet keys = KeySet::Parse(key.public_pem).value();
    ASSERT_TRUE(VerifyToken(token, keys, {}, kNow).ok());
    for (int round = 0; round < kRounds; ++round) {
      const std::string damaged = Damaged(token, random);
      if (damaged == token) continue;
      ASSERT_EQ(VerifyToken(damaged, keys, {}, kNow).status().code(), absl::StatusCode::kUnauthenticated) << damaged;
    }
  }
}

// What lies behind the base64 is JSON of anybody's making.
TEST(CredentialFuzzTest, NoHeaderOpensAnything) {
  std::mt19937_64 random(2);
  const SigningKey key = NewEd25519Key();
  const KeySet keys = KeySet::Parse(key.public_pem).value();
  const std::string body = EncodeBase64Url(R"({"sub":"x","tenant":"acme","roles":["tenant_admin"],"exp":1700003600})");
  for (int round = 0; round < kRounds; ++round) {
    const std::string header = EncodeBase64Url(Damaged(R"({"alg":"EdDSA","kid":"a","typ":"JWT","crit":[]})", random));
    ASSERT_FALSE(VerifyToken(absl::StrCat(header, ".", body, ".", std::string(86, 'A')), keys, {}, kNow).ok());
  }
}

TEST(CredentialFuzzTest, NoDamagedApiKeyIsTaken) {
  std::mt19937_64 random(3);
  ApiKeys keys;
  const NewApiKey made = MakeApiKey({}, "", kNow, absl::Hours(1));
  keys.Add(made.key);
  for (int round = 0; round < kRounds; ++round) {
    const std::string damaged = Damaged(made.secret, random);
    if (damaged == made.secret) continue;
    ASSERT_FALSE(keys.Verify(damaged, kNow).ok()) << damaged;
  }
}

TEST(CredentialFuzzTest, FilesOfKeysAreReadOrRefused) {
  std::mt19937_64 random(4);
  ApiKeys keys;
  keys.Add(MakeApiKey({}, "nightly", kNow, absl::Hours(1)).key);
  const std::string api_keys = keys.Format();
  const std::string pem = NewP256Key().public_pem;
  const std::string set = R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                          R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]})";
  for (int round = 0; round < kRounds; ++round) {
    const auto parsed = ApiKeys::Parse(Damaged(api_keys, random));
    ASSERT_TRUE(!parsed.ok() || ApiKeys::Parse(parsed->Format()).ok());
    for (const std::string& text : {pem, set}) {
      const auto read = KeySet::Parse(Damaged(text, random));
      ASSERT_TRUE(read.ok() || absl::IsInvalidArgument(read.status())) << read.status();
    }
  }
}

}  // namespace
}  // namespace clientele::auth
