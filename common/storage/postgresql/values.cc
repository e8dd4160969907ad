#include "common/storage/postgresql/values.h"

namespace clientele::storage::postgresql {
namespace {

constexpr absl::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr absl::string_view kSignature("PGCOPY\n\377\r\n\0", 11);

// How many bytes the character at the front takes; 0 where it is no UTF-8, or a zero byte.
size_t CharacterSize(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto follows = [&](size_t i, uint8_t least = 0x80, uint8_t greatest = 0xbf) {
    return i < text.size() && byte(i) >= least && byte(i) <= greatest;
  };
  const uint8_t first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {  // Neither longer than needed nor a surrogate.
    const bool second = follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool second = follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool ReadArray(absl::string_view bytes, std::vector<absl::string_view>& elements) {
  elements.clear();
  if (bytes.size() < 12) return false;
  const auto dimensions = FromBigEndian<int32_t>(bytes.data());
  if (dimensions == 0) return true;
  if (dimensions != 1 || bytes.size() < 20) return false;
  const auto size = FromBigEndian<int32_t>(bytes.data() + 12);
  CopiedRow values(bytes.substr(20));  // Elements are written as a row's values are.
  for (int32_t i = 0; i < size && values.intact(); ++i) elements.push_back(values.Next());
  return values.intact();
}

std::string Readable(absl::string_view text) {
  std::string readable;
  readable.reserve(text.size());
  while (!text.empty()) {
    const size_t size = CharacterSize(text);
    const absl::string_view character = size == 0 ? kReplacement : text.substr(0, size);
    readable.append(character.data(), character.size());
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return readable;
}

CopyRows::CopyRows() : bytes_(kSignature) {
  AppendBigEndian<int32_t>(0, bytes_);  // Flags.
  AppendBigEndian<int32_t>(0, bytes_);  // No extension of the header.
}

const std::string& CopyRows::Finish() {
  AppendBigEndian<int16_t>(-1, bytes_);
  return bytes_;
}

}  // namespace clientele::storage::postgresql
