#include "common/auth/key_set.h"

#include <gmock/gmock.h>

#include "tests/common/auth/signing_key.h"
#include "tests/testing/status_matchers.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testutil::IsOk;
using testutil::StatusIs;

// RFC 8037, appendix A.2; RFC 7515, appendix A.3.
constexpr char kEdwards[] =
    R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr char kElliptic[] = R"({"kty":"EC","crv":"P-256","kid":"b","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

std::string Set(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

TEST(KeySetTest, ReadsTheKindsWeTakeAndKnowsWhatEachIsFor) {
  const auto keys = KeySet::Parse(Set(std::string(kEdwards) + "," + kElliptic));
  ASSERT_THAT(keys, IsOk());
  ASSERT_THAT(keys->Find("a"), SizeIs(1));
  EXPECT_EQ(keys->Find("a")[0]->algorithm, SignatureAlgorithm::kEdDsa);
  ASSERT_THAT(keys->Find("b"), SizeIs(1));
  EXPECT_EQ(keys->Find("b")[0]->algorithm, SignatureAlgorithm::kEs256);
  EXPECT_THAT(keys->Find("c"), SizeIs(0));
  EXPECT_THAT(keys->Find(""), SizeIs(2)) << "a token that names no key may be of any";
}

TEST(KeySetTest, PemKeysHaveNoIdAndAreTriedForEveryToken) {
  const auto keys = KeySet::Parse(NewEd25519Key().public_pem + NewRsaKey(2048).public_pem);
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(keys->Find("whatever"), SizeIs(2));
}

TEST(KeySetTest, KeysThatAreNotForSignaturesOrNotKnownArePassedOver) {
  const auto keys =
      KeySet::Parse(Set(std::string(kEdwards) + R"(,{"kty":"oct","k":"c2VjcmV0"},{"kty":"RSA","use":"enc"})"));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(keys->Find(""), SizeIs(1));
}

TEST(KeySetTest, WhatHoldsNoKeyIsAnError) {
  EXPECT_THAT(KeySet::Parse(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("JSON Web Key Set")));
  EXPECT_THAT(KeySet::Parse("{\"keys\":[]}"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no public key")));
  EXPECT_THAT(KeySet::Parse("-----BEGIN NOTHING-----"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(KeySet::Parse(NewEd25519Key().private_pem), StatusIs(absl::StatusCode::kInvalidArgument))
      << "a private key has no place on a server that checks";
  EXPECT_THAT(KeySet::Parse(Set(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("32 bytes")));
}

TEST(KeySetTest, WeakAndForeignKeysAreRefused) {
  EXPECT_THAT(KeySet::Parse(NewRsaKey(1024).public_pem),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2048")));
  EXPECT_THAT(KeySet::Parse(NewP384Key().public_pem), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("P-256")));
}

// A point that is not on the curve would open the door to attacks on the key.
TEST(KeySetTest, APointOffTheCurveIsNoKey) {
  std::string off = kElliptic;
  off.replace(off.find("x_FEz"), 5, "y_FEz");
  EXPECT_THAT(KeySet::Parse(Set(off)), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace clientele::auth
