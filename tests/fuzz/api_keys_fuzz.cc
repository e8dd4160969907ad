// Files of API keys: what is read is written and read again as the same, and no made-up secret is among it.
#include "common/auth/api_keys.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  const absl::string_view input = fuzz::Text(data, size);
  const auto keys = auth::ApiKeys::Parse(input);
  if (!keys.ok()) {
    fuzz::Require(absl::IsInvalidArgument(keys.status()), "a bad file of keys is told as such");
    return 0;
  }
  const std::string written = keys->Format();
  const auto again = auth::ApiKeys::Parse(written);
  fuzz::Require(again.ok() && again->Format() == written, "what is written is read as the same");
  fuzz::Require(!keys->Verify(input, absl::FromUnixSeconds(1'700'000'000)).ok(), "a file of keys is no key");
  return 0;
}
