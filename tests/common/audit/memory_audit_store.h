// An AuditStore in memory that fails when it is told to.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/storage/audit_store.h"

namespace clientele::testutil {

// Thread-safe.
class MemoryAuditStore final : public storage::AuditStore {
 public:
  using Entry = admin::v1::AuditEntry;

  std::atomic<bool> failing = false;

  std::vector<Entry> Entries(const std::string& chain) const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return EntriesOf(chain);
  }
  // Waits until the chain has so many.
  std::vector<Entry> Await(const std::string& chain, size_t count) const ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return EntriesOf(chain).size() >= count; };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(20));
    return EntriesOf(chain);
  }

  // Behind the log's back.
  void Change(const std::string& chain, int64_t number, absl::FunctionRef<void(Entry&)> change)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    change(chains_[chain][number]);
  }

  absl::Status Append(absl::string_view chain, int64_t number, const Entry& entry) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (failing) return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is full");
    std::map<int64_t, Entry>& entries = chains_[std::string(chain)];
    if (number != (entries.empty() ? 1 : entries.rbegin()->first + 1)) return absl::AbortedError("not the next");
    entries[number] = entry;
    if (entry.event() == Entry::EVENT_BEGUN) unended_.emplace(std::string(chain), number);
    unended_.erase({std::string(chain), entry.begun_number()});
    return absl::OkStatus();
  }

  absl::Status Ascend(absl::string_view chain, int64_t first, Visit visit) const override {
    const std::map<int64_t, Entry> entries = Copy(chain);
    for (auto it = entries.lower_bound(first); it != entries.end(); ++it) {
      if (!visit(it->first, it->second)) break;
    }
    return absl::OkStatus();
  }

  absl::Status Descend(absl::string_view chain, int64_t before, Visit visit) const override {
    const std::map<int64_t, Entry> entries = Copy(chain);
    for (auto it = before == 0 ? entries.end() : entries.lower_bound(before); it != entries.begin();) {
      --it;
      if (!visit(it->first, it->second)) break;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> ListChains() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    std::vector<std::string> chains;
    for (const auto& [chain, entries] : chains_) chains.push_back(chain);
    return chains;
  }
  absl::Status RemoveThrough(absl::string_view chain, int64_t number) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (failing) return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is full");
    std::map<int64_t, Entry>& entries = chains_[std::string(chain)];
    while (entries.size() > 1 && entries.begin()->first <= number) entries.erase(entries.begin());
    return absl::OkStatus();
  }

  absl::Status ForEachUnended(absl::FunctionRef<void(absl::string_view, int64_t)> visit) const override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    for (const auto& [chain, number] : unended_) visit(chain, number);
    return absl::OkStatus();
  }

  absl::StatusOr<privacy::DigestKey> KeyOf(absl::string_view chain) override {
    std::string key(chain);
    key.resize(16, '.');
    return *privacy::DigestKey::FromBytes(key);
  }

 private:
  std::vector<Entry> EntriesOf(const std::string& chain) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<Entry> entries;
    const auto it = chains_.find(chain);
    if (it == chains_.end()) return entries;
    for (const auto& [number, entry] : it->second) entries.push_back(entry);
    return entries;
  }
  std::map<int64_t, Entry> Copy(absl::string_view chain) const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto it = chains_.find(std::string(chain));
    return it == chains_.end() ? std::map<int64_t, Entry>() : it->second;
  }

  mutable absl::Mutex mutex_;
  std::map<std::string, std::map<int64_t, Entry>> chains_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, int64_t>> unended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::testutil
