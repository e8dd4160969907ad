// Small numbers for texts: the first different text is 0, the next one 1. Exact, and fast where there are few, as there
// are for one customer: products, categories, channels.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"

namespace clientele::features {

// Thread-compatible. Keeps its memory over Clear().
class Interner {
 public:
  uint32_t Intern(absl::string_view text) {
    if (entries_.size() * 2 >= slots_.size()) Grow();
    const uint32_t hash = HashOf(text);
    for (size_t slot = hash;; ++slot) {
      uint32_t& id = slots_[slot & (slots_.size() - 1)];
      if (id == kFree) return id = Append(text, hash);
      if (entries_[id].hash == hash && entries_[id].text == text) return id;
    }
  }
  absl::string_view text(uint32_t id) const { return entries_[id].text; }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

  void Clear() {
    if (entries_.empty()) return;
    entries_.clear();
    slots_.assign(kFewSlots, kFree);  // After many texts, few again: clearing stays cheap.
    block_ = 0;
    used_ = 0;
  }

 private:
  static constexpr size_t kFewSlots = 64;
  static constexpr size_t kBlockBytes = 4096;
  static constexpr uint32_t kFree = 0xffffffff;

  struct Entry {
    absl::string_view text;
    uint32_t hash;
  };

  // Short texts are two words that hold all their bytes; longer ones are rare enough for a real hash.
  static uint32_t HashOf(absl::string_view text) {
    if (text.size() > 16) return static_cast<uint32_t>(Hash64(text));
    uint64_t head = 0, tail = 0;
    const char* const end = text.data() + text.size();
    if (text.size() >= 8) {
      std::memcpy(&head, text.data(), 8);
      std::memcpy(&tail, end - 8, 8);
    } else if (text.size() >= 4) {
      std::memcpy(&head, text.data(), 4);
      std::memcpy(&tail, end - 4, 4);
    } else {
      for (const char c : text) head = head << 8 | static_cast<unsigned char>(c);
    }
    const uint64_t mixed = ((head ^ text.size()) * 0x9e3779b97f4a7c15) ^ (tail * 0xc2b2ae3d27d4eb4f);
    return static_cast<uint32_t>((mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15 >> 32);
  }

  void Grow() {
    slots_.assign(slots_.empty() ? kFewSlots : slots_.size() * 2, kFree);
    for (uint32_t id = 0; id < entries_.size(); ++id) {
      size_t slot = entries_[id].hash;
      while (slots_[slot & (slots_.size() - 1)] != kFree) ++slot;
      slots_[slot & (slots_.size() - 1)] = id;
    }
  }

  uint32_t Append(absl::string_view text, uint32_t hash) {
    entries_.push_back({Copy(text), hash});
    return static_cast<uint32_t>(entries_.size() - 1);
  }

  // Into blocks that never move.
  absl::string_view Copy(absl::string_view text) {
    if (text.empty()) return absl::string_view();
    while (block_ < blocks_.size() && blocks_[block_].size < used_ + text.size()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      const size_t size = text.size() > kBlockBytes ? text.size() : kBlockBytes;
      blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    }
    char* const copy = blocks_[block_].bytes.get() + used_;
    std::memcpy(copy, text.data(), text.size());
    used_ += text.size();
    return {copy, text.size()};
  }

  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  std::vector<Entry> entries_;   // By id.
  std::vector<uint32_t> slots_;  // Ids by hash, open addressing; none, or a power of two at most half full.
  std::vector<Block> blocks_;
  size_t block_ = 0;  // The block that is being filled, and how far.
  size_t used_ = 0;
};

}  // namespace clientele::features
