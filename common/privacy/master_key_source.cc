#include "common/privacy/master_key_source.h"

#include <openssl/crypto.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/privacy/key_file.h"

namespace clientele::privacy {
namespace {

constexpr absl::string_view kWhat = "the environment variable of the platform's master keys";

}  // namespace

absl::StatusOr<MasterKeySource> MasterKeySource::TakeVariable(const std::string& name) {
  char* const value = std::getenv(name.c_str());
  if (value == nullptr) return KeyFileError(kWhat, name, "is not set");
  absl::StatusOr<MasterKeys> keys = MasterKeys::Parse(value, name, kWhat);
  OPENSSL_cleanse(value, std::strlen(value));  // What /proc shows is this memory.
  unsetenv(name.c_str());
  CLIENTELE_RETURN_IF_ERROR(keys.status());
  return MasterKeySource("", *std::move(keys));
}

absl::StatusOr<MasterKeys> MasterKeySource::Read() const {
  if (!taken_.has_value()) return MasterKeys::Read(file_);
  return *taken_;
}

}  // namespace clientele::privacy
