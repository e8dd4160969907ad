#include "common/auth/api_keys.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using testutil::IsOk;
using testutil::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Principal Scorer() {
  Principal principal;
  principal.tenant = TenantId::Parse("acme").value();
  principal.roles.Add(common::v1::ROLE_SCORER);
  return principal;
}

auto Refused(const std::string& why) { return StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr(why)); }

TEST(ApiKeysTest, AKeyIsKnownByItsDigestAlone) {
  ApiKeys keys;
  const NewApiKey made = MakeApiKey(Scorer(), "sales page", kNow, absl::Hours(24));
  EXPECT_THAT(made.secret, MatchesRegex("ck_[0-9a-f]{8}_[A-Za-z0-9_-]{43}"));
  keys.Add(made.key);
  const std::string file = keys.Format();
  EXPECT_THAT(file, Not(HasSubstr(made.secret.substr(12)))) << "the key itself is kept nowhere";
  const auto read = ApiKeys::Parse(file);
  ASSERT_THAT(read, IsOk());
  const auto principal = read->Verify(made.secret, kNow);
  ASSERT_THAT(principal, IsOk());
  EXPECT_EQ(principal->tenant->value(), "acme");
  EXPECT_EQ(principal->roles, Scorer().roles);
  EXPECT_EQ(principal->subject, "key " + made.key.prefix);
}

TEST(ApiKeysTest, NoTwoAreAlike) {
  const NewApiKey one = MakeApiKey(Scorer(), "", kNow, absl::Hours(1)),
                  other = MakeApiKey(Scorer(), "", kNow, absl::Hours(1));
  EXPECT_NE(one.secret, other.secret);
  EXPECT_NE(one.key.prefix, other.key.prefix);
}

TEST(ApiKeysTest, WhatIsNotExactlyTheKeyIsRefused) {
  ApiKeys keys;
  const NewApiKey made = MakeApiKey(Scorer(), "", kNow, absl::Hours(1));
  keys.Add(made.key);
  for (const std::string& text :
       {std::string(), std::string("ck_"), made.key.prefix, made.secret + "A",
        made.secret.substr(0, made.secret.size() - 1), "ck_00000000" + made.secret.substr(11)}) {
    const auto refused = keys.Verify(text, kNow);
    EXPECT_THAT(refused, Refused("not known"));
    EXPECT_EQ(ReasonOf(refused.status()), "CREDENTIAL_INVALID");
  }
}

TEST(ApiKeysTest, AKeyEndsByItsTimeOrByHand) {
  ApiKeys keys;
  const NewApiKey made = MakeApiKey(Scorer(), "", kNow, absl::Hours(1));
  keys.Add(made.key);
  EXPECT_THAT(keys.Verify(made.secret, kNow + absl::Minutes(59)), IsOk());
  EXPECT_THAT(keys.Verify(made.secret, kNow + absl::Hours(1)), Refused("expired"));
  ASSERT_THAT(keys.Revoke(made.key.prefix, kNow + absl::Minutes(5)), IsOk());
  EXPECT_THAT(keys.Verify(made.secret, kNow + absl::Minutes(4)), IsOk());
  EXPECT_THAT(keys.Verify(made.secret, kNow + absl::Minutes(5)), Refused("revoked"));
  ASSERT_THAT(keys.Revoke(made.key.prefix, kNow + absl::Minutes(50)), IsOk());
  EXPECT_THAT(keys.Verify(made.secret, kNow + absl::Minutes(6)), Refused("revoked")) << "once revoked, always revoked";
  EXPECT_THAT(keys.Revoke("ck_nothing0", kNow), StatusIs(absl::StatusCode::kNotFound));
  const auto read = ApiKeys::Parse(keys.Format());
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->Verify(made.secret, kNow + absl::Minutes(6)), Refused("revoked"));
}

TEST(ApiKeysTest, AFileThatIsNotOursIsAnError) {
  for (const std::string text :
       {"", "[]", "{\"keys\":7}", "{\"keys\":[7]}", R"({"keys":[{"prefix":"ck_a"}]})",
        R"({"keys":[{"prefix":"a","sha256":"b","description":"","tenant":"No","roles":[]}]})",
        R"({"keys":[{"prefix":"a","sha256":"b","description":"","tenant":"x","roles":["king"]}]})",
        R"({"keys":[{"prefix":"a","sha256":"b","description":"","tenant":"x","expire_time":"soon"}]})"}) {
    EXPECT_THAT(ApiKeys::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace clientele::auth
