#include "common/auth/authenticator.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/common/auth/signing_key.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

class AuthenticatorTest : public ::testing::Test {
 protected:
  // From the files options_ names.
  std::unique_ptr<Authenticator> Make() { return Authenticator::Create(options_, clock_).value(); }
  std::string Token(const SigningKey& key) {
    TokenClaims claims;
    claims.subject = "crm";
    claims.tenant = "acme";
    claims.roles = {"scorer"};
    claims.issued = clock_.Now();
    claims.lifetime = absl::Hours(1);
    return SignToken(claims, key.private_pem).value();
  }

  testutil::TempDir dir_;
  AuthOptions options_;
  testutil::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
};

auto Refused(const std::string& why) { return StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr(why)); }

TEST_F(AuthenticatorTest, TakesTokensAndApiKeysInTheSamePlace) {
  const SigningKey key = NewEd25519Key();
  Principal beta;
  beta.tenant = TenantId::Parse("beta").value();
  const NewApiKey api_key = MakeApiKey(beta, "", clock_.Now(), absl::Hours(1));
  ApiKeys keys;
  keys.Add(api_key.key);
  options_.key_set_file = dir_.Write("keys.pem", key.public_pem);
  options_.api_keys_file = dir_.Write("keys.json", keys.Format());
  const auto authenticator = Make();
  EXPECT_EQ(authenticator->Authenticate(absl::StrCat("Bearer ", Token(key)))->tenant->value(), "acme");
  EXPECT_EQ(authenticator->Authenticate(absl::StrCat("Bearer ", api_key.secret))->tenant->value(), "beta");
}

TEST_F(AuthenticatorTest, SaysWhatIsMissing) {
  options_.key_set_file = dir_.Write("keys.pem", NewEd25519Key().public_pem);
  const auto tokens = Make();
  EXPECT_THAT(tokens->Authenticate(""), Refused("no credential: send `authorization: Bearer `"));
  EXPECT_THAT(tokens->Authenticate("Basic YTpi"), Refused("not a bearer token"));
  EXPECT_THAT(tokens->Authenticate("Bearer ck_0"), Refused("API keys are not taken here"));
  options_.key_set_file.clear();
  options_.api_keys_file = dir_.Write("keys.json", ApiKeys().Format());
  const auto keys = Make();
  EXPECT_THAT(keys->Authenticate("Bearer a.b.c"), Refused("tokens are not taken here"));
}

TEST_F(AuthenticatorTest, ANewKeyIsTakenAndAnOldOneRefusedWithoutARestart) {
  const SigningKey old_key = NewEd25519Key(), new_key = NewEd25519Key();
  options_.key_set_file = dir_.Write("keys.pem", old_key.public_pem);
  const auto authenticator = Make();
  EXPECT_THAT(authenticator->Authenticate(absl::StrCat("Bearer ", Token(old_key))), IsOk());
  dir_.Write("keys.pem", new_key.public_pem + new_key.public_pem);
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(authenticator->Authenticate(absl::StrCat("Bearer ", Token(new_key))), IsOk());
  EXPECT_THAT(authenticator->Authenticate(absl::StrCat("Bearer ", Token(old_key))), Refused("not signed"));
}

TEST_F(AuthenticatorTest, AFileThatIsWrongNamesItsSetting) {
  options_.key_set_file = dir_.File("absent");
  EXPECT_EQ(FieldOf(Authenticator::Create(options_, clock_).status()), "auth.key_set_file");
  options_.key_set_file.clear();
  options_.api_keys_file = dir_.Write("keys.json", "[]");
  EXPECT_EQ(FieldOf(Authenticator::Create(options_, clock_).status()), "auth.api_keys_file");
}

}  // namespace
}  // namespace clientele::auth
