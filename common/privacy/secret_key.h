// A key of 256 bits that leaves no copy of itself behind in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace clientele::privacy {

class SecretKey {
 public:
  static constexpr size_t kBytes = 32;

  // From the machine's random source; none where it gives nothing.
  static std::optional<SecretKey> Draw();
  static std::optional<SecretKey> FromBytes(absl::string_view bytes);  // kBytes of them.
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  absl::string_view bytes() const { return {bytes_.data(), kBytes}; }

 private:
  SecretKey() = default;
  std::array<char, kBytes> bytes_;
};

// A number that no other key has, for all that chance allows; none where the machine gives no random bytes.
std::optional<uint64_t> DrawKeyId();

}  // namespace clientele::privacy
