// The platform's master keys: what wraps the tenants' keys. They stand in a file, or in an environment variable
// (master_key_source.h), a line each, the newest first:
//
//   8f2c...                          64 hexadecimal digits, or the 32 bytes in base64: openssl rand -hex 32
//   # What follows a # is a remark; older keys stay below until nothing is wrapped with them any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/privacy/secret_key.h"

namespace clientele::privacy {

struct MasterKey {
  uint64_t id;  // Of the key's own bytes, which it does not tell.
  SecretKey key;
};

inline constexpr char kMasterKeyFile[] = "the file of the platform's master keys";

class MasterKeys {
 public:
  // FAILED_PRECONDITION: the file is missing, everybody may read it, or a line is no key. Never tells what is in it.
  static absl::StatusOr<MasterKeys> Read(const std::string& path);
  // Makes the file where it is absent, with one key that is drawn; for its owner's eyes alone (0600).
  static absl::Status Create(const std::string& path);
  // `what` is found at `path`: for errors.
  static absl::StatusOr<MasterKeys> Parse(absl::string_view text, const std::string& path,
                                          absl::string_view what = kMasterKeyFile);

  const MasterKey& newest() const { return keys_.front(); }
  const SecretKey* Find(uint64_t id) const;  // Null where it is none of these.

 private:
  std::vector<MasterKey> keys_;  // At least one.
};

// "3f9a2b71c05d8e44"
std::string FormatKeyId(uint64_t id);

}  // namespace clientele::privacy
