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

// Operations that are applied alike, in the order of the kinds of state: so they lie in a schedule.
enum class OperationGroup { kCounts, kDays, kMoney, kMoneySpreads, kNumbers, kTexts, kPurchases, kPurchaseUnits };
inline constexpr int kOperationGroups = 8;

inline OperationGroup GroupOf(StateKind kind) {
  switch (kind) {
    case StateKind::kCount: return OperationGroup::kCounts;
    case StateKind::kDays: return OperationGroup::kDays;
    case StateKind::kMoney: return OperationGroup::kMoney;
    case StateKind::kMoneySpread: return OperationGroup::kMoneySpreads;
    case StateKind::kNumber:
    case StateKind::kNumberSpread: return OperationGroup::kNumbers;
    case StateKind::kTexts:
    case StateKind::kFirstText:
    case StateKind::kLastText: return OperationGroup::kTexts;
    case StateKind::kPurchases: return OperationGroup::kPurchases;
    case StateKind::kPurchaseUnits: break;
  }
  return OperationGroup::kPurchaseUnits;
}

// Thread-compatible. A bounded cache: what it holds is dropped when it is full.
class Selections {
 public:
  struct Selection {
    uint64_t first_word;
    uint32_t schedule;
    uint32_t bits;                    // Into bits_: all words.
    uint32_t first;                   // Into operations_;
    uint32_t ends[kOperationGroups];  // and where each group ends.
  };

  Selections() { Clear(); }

  // The operations of program.schedules[schedule] whose filters are among `bits`. Holds until the next call.
  const Selection& Find(const Program& program, uint32_t schedule, absl::Span<const uint64_t> bits) {
    uint32_t slot = HashOf(schedule, bits);
    for (;; ++slot) {
      const Selection& known = selections_[slots_[slot % kSlots]];
      if (known.schedule == schedule && known.first_word == bits[0] && IsSame(bits, known)) return known;
      if (known.schedule == kNoSchedule) return Add(program.schedules[schedule], schedule, bits, slot % kSlots);
    }
  }
  const Operation* operations(const Selection& selection) const { return operations_.data() + selection.first; }

 private:
  static constexpr uint32_t kSlots = 2048;
  static constexpr uint32_t kNoSchedule = 0xffffffff;

  static uint32_t HashOf(uint32_t schedule, absl::Span<const uint64_t> bits) {
    uint64_t hash = schedule;
    for (const uint64_t word : bits) hash = Mix(hash, word);
    return static_cast<uint32_t>(hash);
  }

  // Beyond the first word; there is mostly no other.
  bool IsSame(absl::Span<const uint64_t> bits, const Selection& known) const {
    for (size_t word = 1; word < bits.size(); ++word) {
      if (bits[word] != bits_[known.bits + word]) return false;
    }
    return true;
  }

  void Clear() {
    slots_.assign(kSlots, 0);
    selections_.assign(1, {0, kNoSchedule, 0, 0, {}});
    bits_.clear();
    operations_.clear();
  }

  const Selection& Add(const Schedule& schedule, uint32_t index, absl::Span<const uint64_t> bits, uint32_t slot) {
    if (selections_.size() == kSlots / 2) {
      Clear();
      slot = HashOf(index, bits) % kSlots;
    }
    slots_[slot] = static_cast<uint16_t>(selections_.size());
    Selection selection{bits[0], index, static_cast<uint32_t>(bits_.size()), static_cast<uint32_t>(operations_.size()),
                        {}};
    bits_.insert(bits_.end(), bits.begin(), bits.end());
    const auto passes = [&](uint32_t group) {
      const uint64_t* const need = schedule.needs.data() + group * bits.size();
      for (size_t word = 0; word < bits.size(); ++word) {
        if ((need[word] & ~bits[word]) != 0) return false;
      }
      return true;
    };
    for (const ScheduledOperation& scheduled : schedule.operations) {
      if (!passes(scheduled.group)) continue;
      operations_.push_back(scheduled.operation);
      ++selection.ends[static_cast<int>(GroupOf(scheduled.operation.kind))];
    }
    for (int group = 1; group < kOperationGroups; ++group) selection.ends[group] += selection.ends[group - 1];
    return selections_.emplace_back(selection);
  }

  std::vector<uint16_t> slots_;        // Into selections_; open addressing, at most half full.
  std::vector<Selection> selections_;  // The first one is of no schedule: of the free slots.
  std::vector<uint64_t> bits_;         // [selections x words of the schedule's kind]
  std::vector<Operation> operations_;  // By kind of state.
};

}  // namespace clientele::features
