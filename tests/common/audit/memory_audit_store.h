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
    const auto it = chains_.find(chain);
    return it == chains_.end() ? std::vector<Entry>() : it->second;
  }
  // Waits until the chain has so many.
  std::vector<Entry> Await(const std::string& chain, size_t count) const ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto it = chains_.find(chain);
      return it != chains_.end() && it->second.size() >= count;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(20));
    const auto it = chains_.find(chain);
    return it == chains_.end() ? std::vector<Entry>() : it->second;
  }

  absl::Status Append(absl::string_view chain, int64_t number, const Entry& entry) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (failing) return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is full");
    std::vector<Entry>& entries = chains_[std::string(chain)];
    if (number != static_cast<int64_t>(entries.size()) + 1) return absl::AbortedError("not the next");
    entries.push_back(entry);
    if (entry.event() == Entry::EVENT_BEGUN) unended_.emplace(std::string(chain), number);
    unended_.erase({std::string(chain), entry.begun_number()});
    return absl::OkStatus();
  }

  absl::Status Ascend(absl::string_view chain, int64_t first, Visit visit) const override {
    const std::vector<Entry> entries = Entries(std::string(chain));
    for (size_t i = static_cast<size_t>(first - 1); i < entries.size(); ++i) {
      if (!visit(static_cast<int64_t>(i) + 1, entries[i])) break;
    }
    return absl::OkStatus();
  }

  absl::Status Descend(absl::string_view chain, int64_t before, Visit visit) const override {
    const std::vector<Entry> entries = Entries(std::string(chain));
    for (size_t i = before == 0 ? entries.size() : static_cast<size_t>(before) - 1; i > 0; --i) {
      if (!visit(static_cast<int64_t>(i), entries[i - 1])) break;
    }
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
  mutable absl::Mutex mutex_;
  std::map<std::string, std::vector<Entry>> chains_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, int64_t>> unended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::testutil
