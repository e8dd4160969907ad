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
    if (last_ < texts_.size() && texts_[last_] == text) return last_;
    return last_ = texts_.size() < kLinear ? InternLinear(text) : InternHashed(text);
  }
  absl::string_view text(uint32_t id) const { return texts_[id]; }
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }

  void Clear() {
    texts_.clear();
    prints_.clear();
    slots_.clear();
    block_ = 0;
    used_ = 0;
    last_ = 0;
  }

 private:
  static constexpr size_t kLinear = 16;
  static constexpr size_t kBlockBytes = 4096;
  static constexpr uint32_t kFree = 0xffffffff;

  // Cheap: the length, the first and the last bytes. Equal texts have equal prints; others are told apart by
  // comparison.
  static uint64_t Print(absl::string_view text) {
    uint64_t head = 0, tail = 0;
    if (text.size() >= 8) {
      std::memcpy(&head, text.data(), 8);
      std::memcpy(&tail, text.data() + text.size() - 8, 8);
    } else {
      for (const char c : text) head = head << 8 | static_cast<unsigned char>(c);
    }
    const uint64_t mixed = (head * 0x9e3779b97f4a7c15) ^ (tail * 0xc2b2ae3d27d4eb4f) ^ text.size();
    return mixed ^ mixed >> 29;
  }

  uint32_t InternLinear(absl::string_view text) {
    const uint64_t print = Print(text);
    for (uint32_t id = 0; id < prints_.size(); ++id) {
      if (prints_[id] == print && texts_[id] == text) return id;
    }
    return Append(text);
  }

  uint32_t InternHashed(absl::string_view text) {
    if (slots_.size() < texts_.size() * 2) Rehash();
    for (size_t slot = Hash64(text);; ++slot) {
      uint32_t& id = slots_[slot & (slots_.size() - 1)];
      if (id == kFree) return id = Append(text);
      if (texts_[id] == text) return id;
    }
  }

  void Rehash() {
    size_t size = 128;
    while (size < texts_.size() * 4) size *= 2;
    slots_.assign(size, kFree);
    for (uint32_t id = 0; id < texts_.size(); ++id) {
      size_t slot = Hash64(texts_[id]);
      while (slots_[slot & (size - 1)] != kFree) ++slot;
      slots_[slot & (size - 1)] = id;
    }
  }

  uint32_t Append(absl::string_view text) {
    if (prints_.size() < kLinear) prints_.push_back(Print(text));
    texts_.push_back(Copy(text));
    return static_cast<uint32_t>(texts_.size() - 1);
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
      blocks_.push_back({std::make_unique<char[]>(size), size});
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
  std::vector<absl::string_view> texts_;
  std::vector<uint64_t> prints_;  // Of the first texts.
  std::vector<uint32_t> slots_;   // Open addressing; a power of two, or empty while there are few texts.
  std::vector<Block> blocks_;
  size_t block_ = 0;  // The block that is being filled, and how far.
  size_t used_ = 0;
  uint32_t last_ = 0;
};

}  // namespace clientele::features
