// Small numbers for texts: the first different text is 0, the next one 1. Exact, and fast where there are few, as there
// are for one customer: products, categories, channels.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/ingestion/features/text_words.h"

namespace clientele::features {

// Thread-compatible. Keeps its memory over Clear().
class Interner {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  uint32_t Intern(absl::string_view text) { return Intern(TextWords::Of(text)); }
  uint32_t Intern(const TextWords& words) {
    const size_t last = slots_.size() - 1;
    for (size_t slot = words.Hash();; ++slot) {
      const uint32_t id = slots_[slot & last];
      if (id == kNone) return Append(words, slot & last);
      if (entries_[id] == words) return id;
    }
  }
  // The number of a text that has one, else kNone.
  uint32_t Find(const TextWords& words) const {
    const size_t last = slots_.size() - 1;
    for (size_t slot = words.Hash();; ++slot) {
      const uint32_t id = slots_[slot & last];
      if (id == kNone || entries_[id] == words) return id;
    }
  }
  absl::string_view text(uint32_t id) const { return entries_[id].text(); }  // Holds until the next call of another.
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

  void Clear() {
    if (entries_.empty()) return;
    entries_.clear();
    slots_.assign(kFewSlots, kNone);  // After many texts, few again: clearing stays cheap.
    block_ = 0;
    used_ = 0;
  }

 private:
  static constexpr size_t kFewSlots = 128;
  static constexpr size_t kBlockBytes = 4096;
  void Grow() {
    slots_.assign(slots_.size() * 2, kNone);
    for (uint32_t id = 0; id < entries_.size(); ++id) {
      size_t slot = entries_[id].Hash();
      while (slots_[slot & (slots_.size() - 1)] != kNone) ++slot;
      slots_[slot & (slots_.size() - 1)] = id;
    }
  }

  uint32_t Append(const TextWords& words, size_t slot) {
    const auto id = static_cast<uint32_t>(entries_.size());
    entries_.push_back(words);
    if (words.size > TextWords::kInline) entries_.back().data = Copy(words.text());
    slots_[slot] = id;
    if (entries_.size() * 2 > slots_.size()) Grow();
    return id;
  }

  // Into blocks that never move.
  const char* Copy(absl::string_view text) {
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
    return copy;
  }

  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  std::vector<TextWords> entries_;  // By id; long texts lie in `blocks_`.
  // Ids by hash, open addressing: a power of two, at most half full.
  std::vector<uint32_t> slots_ = std::vector<uint32_t>(kFewSlots, kNone);
  std::vector<Block> blocks_;
  size_t block_ = 0;  // The block that is being filled, and how far.
  size_t used_ = 0;
};

}  // namespace clientele::features
