// A text with its bytes as words, so that hashing and comparing it cost a few instructions: up to 16 bytes, as nearly
// all products, categories and types have, two words and the size hold all of it.
#pragma once

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "services/ingestion/features/mix.h"

namespace clientele::features {

struct TextWords {
  static constexpr size_t kInline = 16;  // Bytes of a text that the words hold.

  uint64_t words[2] = {};  // The bytes, and zeros behind them; or a hash.
  size_t size = 0;
  const char* data = nullptr;  // The text that these are the words of.

  static TextWords Of(absl::string_view text) {
    if (text.size() > kInline) return OfPadded(text);
    char padded[kInline] = {};
    std::memcpy(padded, text.data(), text.size());
    TextWords result = OfPadded({padded, text.size()});
    result.data = text.data();
    return result;
  }
  // The same for a text from whose beginning on 16 bytes can be read.
  static TextWords OfPadded(absl::string_view text) {
    TextWords result{{}, text.size(), text.data()};
    if (text.size() > kInline) {
      result.words[0] = Hash64(text);
      return result;
    }
    const unsigned char* const mask = kOnesThenZeros + kInline - text.size();
    result.words[0] = WordAt(text.data()) & WordAt(mask);
    result.words[1] = WordAt(text.data() + 8) & WordAt(mask + 8);
    return result;
  }

  // Holds as long as this, or as the text it is of.
  absl::string_view text() const {
    return {size <= kInline ? reinterpret_cast<const char*>(words) : data, size};
  }
  uint64_t Hash() const { return Mix(words[0], words[1] ^ size); }
  friend bool operator==(const TextWords& a, const TextWords& b) {
    const uint64_t differ = (a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.size ^ b.size);
    return differ == 0 && (a.size <= kInline || std::memcmp(a.data, b.data, a.size) == 0);
  }

 private:
  // One by one: both at once would go through memory before they are words.
  static uint64_t WordAt(const void* bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }

  static constexpr unsigned char kOnesThenZeros[2 * kInline] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                                255, 255, 255, 255, 255, 255, 255, 255};
};

}  // namespace clientele::features
