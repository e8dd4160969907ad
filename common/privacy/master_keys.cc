#include "common/privacy/master_keys.h"

#include <openssl/sha.h>

#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/key_file.h"

namespace clientele::privacy {
namespace {

constexpr absl::string_view kIdDomain = "clientele.master-key.v1\n";

uint64_t IdOf(const SecretKey& key) {
  const std::string text = absl::StrCat(kIdDomain, key.bytes());
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  uint64_t id = 0;
  std::memcpy(&id, digest, sizeof(id));
  return id;
}

bool IsHex(absl::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == absl::string_view::npos;
}

std::optional<SecretKey> ParseKey(absl::string_view text) {
  if (text.size() == 2 * SecretKey::kBytes && IsHex(text)) return SecretKey::FromBytes(absl::HexStringToBytes(text));
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  return SecretKey::FromBytes(bytes);
}

}  // namespace

absl::StatusOr<MasterKeys> MasterKeys::Parse(absl::string_view text, const std::string& path, absl::string_view what) {
  MasterKeys keys;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::optional<SecretKey> key = ParseKey(line);
    if (!key) {
      return KeyFileError(what, path,
                          absl::StrCat("has no key of 32 bytes, as hexadecimal digits or base64, in line ", number,
                                       ": openssl rand -hex 32"));
    }
    keys.keys_.push_back({IdOf(*key), *key});
  }
  if (keys.keys_.empty()) return KeyFileError(what, path, "has no key in it: openssl rand -hex 32");
  return keys;
}

absl::StatusOr<MasterKeys> MasterKeys::Read(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadKeyFile(kMasterKeyFile, path);
  if (absl::IsNotFound(text.status())) return KeyFileError(kMasterKeyFile, path, "is not there");
  CLIENTELE_RETURN_IF_ERROR(text.status());
  return Parse(*text, path);
}

absl::Status MasterKeys::Create(const std::string& path) {
  const std::optional<SecretKey> key = SecretKey::Draw();
  if (!key) return KeyFileError(kMasterKeyFile, path, "could not be made: the machine gives no random bytes");
  return WriteKeyFile(kMasterKeyFile, path, absl::StrCat(absl::BytesToHexString(key->bytes()), "\n"));
}

const SecretKey* MasterKeys::Find(uint64_t id) const {
  for (const MasterKey& key : keys_) {
    if (key.id == id) return &key.key;
  }
  return nullptr;
}

std::string FormatKeyId(uint64_t id) { return absl::StrCat(absl::Hex(id, absl::kZeroPad16)); }

}  // namespace clientele::privacy
