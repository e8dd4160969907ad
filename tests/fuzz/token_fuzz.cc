// JSON Web Tokens: whoever did not sign opens nothing, whatever the header says. The corpus has no signed token.
#include "absl/strings/str_cat.h"
#include "common/auth/base64url.h"
#include "common/auth/token.h"
#include "tests/fuzz/target.h"

namespace {

constexpr char kKeys[] =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  static const auto* const keys = new auth::KeySet(auth::KeySet::Parse(kKeys).value());
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const absl::string_view input = fuzz::Text(data, size);
  // As it is, and as what lies behind the base64: the header's JSON.
  const std::string body =
      auth::EncodeBase64Url(R"({"sub":"x","tenant":"acme","roles":["tenant_admin"],"exp":1700003600})");
  for (const std::string& token :
       {std::string(input), absl::StrCat(auth::EncodeBase64Url(input), ".", body, ".", std::string(86, 'A')),
        absl::StrCat(auth::EncodeBase64Url(R"({"alg":"ES256","kid":"a"})"), ".", auth::EncodeBase64Url(input), ".",
                     std::string(86, 'A'))}) {
    const auto principal = auth::VerifyToken(token, *keys, {}, now);
    fuzz::Require(absl::IsUnauthenticated(principal.status()), "a token that nobody signed opens nothing");
  }
  return 0;
}
