// Which operations of a schedule apply to a record, by the filters it passes: found once for each combination that
// comes. There are few, however many records there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/ingestion/features/mix.h"
#include "services/ingestion/features/program.h"

namespace clientele::features {

// Thread-compatible. A bounded cache: what it holds is dropped when it is full.
class Selections {
 public:
  Selections() : slots_(kSlots, kFree) {}

  // The operations of program.schedules[schedule] whose filters are among `bits`, by kind of state. Holds until the
  // next call.
  absl::Span<const Operation> Find(const Program& program, uint32_t schedule, absl::Span<const uint64_t> bits) {
    uint32_t slot = HashOf(schedule, bits) % kSlots;
    for (; slots_[slot] != kFree; slot = (slot + 1) % kSlots) {
      const Selection& known = selections_[slots_[slot]];
      if (known.schedule == schedule && known.first_word == bits[0] && IsSame(bits, bits_.data() + known.bits)) {
        return absl::MakeConstSpan(operations_).subspan(known.first, known.size);
      }
    }
    if (selections_.size() == kSlots / 2) {
      Clear();
      slot = HashOf(schedule, bits) % kSlots;
    }
    slots_[slot] = static_cast<uint16_t>(selections_.size());
    return Select(program.schedules[schedule], schedule, bits);
  }

 private:
  static constexpr uint32_t kSlots = 2048;
  static constexpr uint16_t kFree = 0xffff;

  struct Selection {
    uint64_t first_word;
    uint32_t schedule;
    uint32_t bits;   // Into bits_: all words.
    uint32_t first;  // Into operations_.
    uint32_t size;
  };

  static uint32_t HashOf(uint32_t schedule, absl::Span<const uint64_t> bits) {
    uint64_t hash = schedule;
    for (const uint64_t word : bits) hash = Mix(hash, word);
    return static_cast<uint32_t>(hash);
  }

  // Beyond the first word; there is mostly no other.
  static bool IsSame(absl::Span<const uint64_t> bits, const uint64_t* known) {
    for (size_t word = 1; word < bits.size(); ++word) {
      if (bits[word] != known[word]) return false;
    }
    return true;
  }

  void Clear() {
    slots_.assign(kSlots, kFree);
    selections_.clear();
    bits_.clear();
    operations_.clear();
  }

  // Without branches: which filters a record passes is hard to predict.
  absl::Span<const Operation> Select(const Schedule& schedule, uint32_t index, absl::Span<const uint64_t> bits) {
    passes_.clear();
    for (const uint64_t* need = schedule.needs.data(); passes_.size() < schedule.groups; need += bits.size()) {
      uint64_t lacks = 0;
      for (size_t word = 0; word < bits.size(); ++word) lacks |= need[word] & ~bits[word];
      passes_.push_back(lacks == 0);
    }
    const size_t first = operations_.size();
    operations_.resize(first + schedule.operations.size());
    size_t end = first;
    for (const ScheduledOperation& scheduled : schedule.operations) {
      operations_[end] = scheduled.operation;
      end += passes_[scheduled.group];
    }
    operations_.resize(end);
    selections_.push_back({bits[0], index, static_cast<uint32_t>(bits_.size()), static_cast<uint32_t>(first),
                           static_cast<uint32_t>(end - first)});
    bits_.insert(bits_.end(), bits.begin(), bits.end());
    return absl::MakeConstSpan(operations_).subspan(first);
  }

  std::vector<uint16_t> slots_;  // Into selections_; open addressing, at most half full.
  std::vector<Selection> selections_;
  std::vector<uint64_t> bits_;  // [selections x words of the schedule's kind]
  std::vector<Operation> operations_;
  std::vector<uint8_t> passes_;  // [groups] of the schedule that is looked at.
};

}  // namespace clientele::features
