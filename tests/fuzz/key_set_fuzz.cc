// Files of public keys, JWKS or PEM: keys of known kinds, or INVALID_ARGUMENT.
#include "common/auth/key_set.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  const auto keys = auth::KeySet::Parse(fuzz::Text(data, size));
  fuzz::Require(keys.ok() || absl::IsInvalidArgument(keys.status()), "a bad file of keys is told as such");
  if (!keys.ok()) return 0;
  for (const auth::KeySet::Key* key : keys->Find("")) {
    const auto algorithm = auth::AlgorithmOf(*key->key);
    fuzz::Require(algorithm.ok() && *algorithm == key->algorithm, "a key that is taken is for one algorithm");
  }
  return 0;
}
