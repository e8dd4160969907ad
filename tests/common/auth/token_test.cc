#include "common/auth/token.h"

#include <gmock/gmock.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/auth/base64url.h"
#include "common/base/error.h"
#include "tests/common/auth/signing_key.h"
#include "tests/testing/status_matchers.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TokenClaims Claims() {
  return {.subject = "crm",
          .issuer = "https://id.example",
          .audience = "clientele",
          .tenant = "acme",
          .roles = {"scorer", "analyst"},
          .issued = kNow,
          .lifetime = absl::Hours(1)};
}

absl::StatusOr<Principal> Verify(const std::string& token, const SigningKey& key, absl::Time now = kNow,
                                 TokenRules rules = {}) {
  return VerifyToken(token, KeySet::Parse(key.public_pem).value(), rules, now);
}

auto Refused(absl::string_view why) {
  return StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr(std::string(why)));
}

// A token of these JSON texts with an Ed25519 signature over them.
std::string Signed(const SigningKey& key, const std::string& header, const std::string& body) {
  const std::string text = absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(body));
  BIO* bio = BIO_new_mem_buf(key.private_pem.data(), static_cast<int>(key.private_pem.size()));
  const KeyHandle secret(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string signature(64, '\0');
  size_t size = signature.size();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, secret.get());
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  return absl::StrCat(text, ".", EncodeBase64Url(signature));
}

TEST(TokenTest, SaysWhoAndWhatForEveryKindOfKey) {
  for (const SigningKey& key : {NewEd25519Key(), NewP256Key(), NewRsaKey(2048)}) {
    const auto token = SignToken(Claims(), key.private_pem);
    ASSERT_THAT(token, IsOk());
    const auto principal = Verify(*token, key);
    ASSERT_THAT(principal, IsOk());
    EXPECT_EQ(principal->subject, "crm");
    EXPECT_EQ(principal->tenant->value(), "acme");
    EXPECT_EQ(RoleNames(principal->roles), (std::vector<std::string>{"analyst", "scorer"}));
  }
}

// RFC 7515, appendices A.2 and A.3, and RFC 8037, appendix A.4: the signatures hold, for what is refused comes after
// them.
TEST(TokenTest, TakesThePublishedSignatures) {
  const std::string body =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const absl::Time before_expiry = absl::FromUnixSeconds(1'300'819'000);
  const auto elliptic = KeySet::Parse(R"({"keys":[{"kty":"EC","crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  ASSERT_THAT(elliptic, IsOk());
  EXPECT_THAT(VerifyToken(absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", body,
                                       ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjD"
                                       "xw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"),
                          *elliptic, {}, before_expiry),
              Refused("names no subject"));
  const auto rsa = KeySet::Parse(
      R"({"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})");
  ASSERT_THAT(rsa, IsOk());
  EXPECT_THAT(
      VerifyToken(
          absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", body,
                       ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
                       "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1"
                       "L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYE"
                       "UipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"),
          *rsa, {}, before_expiry),
      Refused("names no subject"));
  const auto edwards =
      KeySet::Parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  ASSERT_THAT(edwards, IsOk());
  EXPECT_THAT(
      VerifyToken("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6"
                  "dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
                  *edwards, {}, before_expiry),
      Refused("not a JSON Web Token"))
      << "its body is no JSON";
}

TEST(TokenTest, AnotherKeyOrAChangedTokenIsRefused) {
  const SigningKey key = NewEd25519Key();
  const std::string token = SignToken(Claims(), key.private_pem).value();
  EXPECT_THAT(Verify(token, NewEd25519Key()), Refused("not signed by a key that is trusted"));
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string body = DecodeBase64Url(parts[1]).value();
  body.replace(body.find("acme"), 4, "evil");
  EXPECT_THAT(Verify(absl::StrCat(parts[0], ".", EncodeBase64Url(body), ".", parts[2]), key), Refused("not signed"));
  for (size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_THAT(Verify(changed, key), Refused("")) << at;
  }
}

// The key says which algorithm, never the token: else a public key could be taken for a shared secret.
TEST(TokenTest, TheAlgorithmIsTheKeys) {
  const SigningKey key = NewEd25519Key();
  const std::string body = R"({"sub":"x","tenant":"acme","roles":["scorer"],"exp":1700003600})";
  EXPECT_THAT(Verify(Signed(key, R"({"alg":"EdDSA"})", body), key), IsOk());
  for (const std::string algorithm : {"none", "None", "HS256", "ES256", "RS256", "eddsa", ""}) {
    EXPECT_THAT(Verify(Signed(key, R"({"alg":")" + algorithm + "\"}", body), key), Refused("not signed")) << algorithm;
  }
  EXPECT_THAT(Verify(Signed(key, "{}", body), key), Refused("not signed"));
  EXPECT_THAT(Verify(absl::StrCat(EncodeBase64Url(R"({"alg":"none"})"), ".", EncodeBase64Url(body), "."), key),
              Refused("not signed"));
  EXPECT_THAT(Verify(Signed(key, R"({"alg":"EdDSA","crit":["b64"]})", body), key), Refused("extensions"));
}

TEST(TokenTest, HoldsFromItsBeginningToItsExpiryGiveOrTakeTheSkew) {
  const SigningKey key = NewEd25519Key();
  const auto token = [&](const std::string& times) {
    return Signed(key, R"({"alg":"EdDSA"})", R"({"sub":"x","tenant":"acme")" + times + "}");
  };
  const std::string hour = token(R"(,"nbf":1700000000,"exp":1700003600)");
  EXPECT_THAT(Verify(hour, key, kNow - absl::Seconds(59)), IsOk());
  EXPECT_THAT(Verify(hour, key, kNow - absl::Seconds(61)), Refused("not valid yet"));
  EXPECT_THAT(Verify(hour, key, kNow + absl::Seconds(3659)), IsOk());
  EXPECT_THAT(Verify(hour, key, kNow + absl::Seconds(3660)), Refused("has expired"));
  EXPECT_THAT(Verify(token(""), key), Refused("no expiry"));
  EXPECT_THAT(Verify(token(R"(,"exp":"1700003600")"), key), Refused("no expiry"));
  EXPECT_THAT(Verify(token(R"(,"exp":1e300)"), key), Refused("no expiry"));
  EXPECT_THAT(Verify(token(R"(,"exp":1700003600,"nbf":"soon")"), key), Refused("not valid yet"));
}

TEST(TokenTest, IssuerAndAudienceAreCheckedWhereTheyAreSet) {
  const SigningKey key = NewEd25519Key();
  const std::string token = SignToken(Claims(), key.private_pem).value();
  TokenRules rules;
  rules.issuer = "https://id.example";
  rules.audience = "clientele";
  EXPECT_THAT(Verify(token, key, kNow, rules), IsOk());
  rules.audience = "billing";
  EXPECT_THAT(Verify(token, key, kNow, rules), Refused("another audience"));
  rules.issuer = "https://other.example";
  EXPECT_THAT(Verify(token, key, kNow, rules), Refused("another issuer"));
  const std::string list =
      Signed(key, R"({"alg":"EdDSA"})", R"({"sub":"x","tenant":"acme","exp":1700003600,"aud":["a","clientele"]})");
  TokenRules for_us;
  for_us.audience = "clientele";
  EXPECT_THAT(Verify(list, key, kNow, for_us), IsOk());
}

TEST(TokenTest, TenantAndRolesAreReadFromTheirClaims) {
  const SigningKey key = NewEd25519Key();
  const auto verify = [&](const std::string& claims, TokenRules rules = {}) {
    return Verify(Signed(key, R"({"alg":"EdDSA"})", R"({"sub":"x","exp":1700003600,)" + claims + "}"), key, kNow,
                  rules);
  };
  EXPECT_FALSE(verify(R"("tenant":"*","roles":["operator"])")->tenant.has_value()) << "the platform's own services";
  EXPECT_THAT(verify(R"("roles":["scorer"])"), Refused("no tenant"));
  EXPECT_THAT(verify(R"("tenant":"Acme Ltd")"), Refused("no tenant"));
  EXPECT_TRUE(verify(R"("tenant":"acme","roles":["owner",7,"SCORER"])")->roles.empty())
      << "what is not known gives nothing";
  EXPECT_EQ(RoleNames(verify(R"("tenant":"acme","roles":"scorer")")->roles), std::vector<std::string>{"scorer"});
  TokenRules claims;
  claims.tenant_claim = "https://x/t";
  claims.roles_claim = "https://x/r";
  const auto renamed = verify(R"("https://x/t":"acme","https://x/r":["trainer"],"tenant":"evil")", claims);
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->tenant->value(), "acme");
  EXPECT_TRUE(renamed->roles.Has(common::v1::ROLE_TRAINER));
}

TEST(TokenTest, WhatIsNoTokenIsRefusedAndNeverQuoted) {
  const SigningKey key = NewEd25519Key();
  const std::string deep(3000, '[');
  for (const std::string& text :
       {std::string(), std::string("a.b"), std::string("a.b.c"), std::string("...."), std::string("\0.\0.\0", 5),
        std::string(100'000, 'a'), absl::StrCat(EncodeBase64Url(deep), ".", EncodeBase64Url("{}"), ".AAAA")}) {
    const auto refused = Verify(text, key);
    EXPECT_THAT(refused, Refused("not a JSON Web Token"));
    EXPECT_EQ(ReasonOf(refused.status()), "CREDENTIAL_INVALID");
  }
}

TEST(TokenTest, SigningWantsAPrivateKeyWeTake) {
  EXPECT_THAT(SignToken(Claims(), "nonsense"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SignToken(Claims(), NewEd25519Key().public_pem), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SignToken(Claims(), NewP384Key().private_pem), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace clientele::auth
