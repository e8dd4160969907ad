// Keeps a book of what tenants use up to date, on a thread of its own: once a period, and when it ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/quota/usage_book.h"

namespace clientele::quota {

// Thread-safe.
class UsageKeeper {
 public:
  // `totals`: of all tenants since the process began. `standing_of`: what one keeps now. All must outlive it.
  UsageKeeper(std::unique_ptr<UsageBook> book, absl::Duration period, const Clock& clock,
              std::function<std::map<std::string, Usage>()> totals,
              std::function<Standing(absl::string_view tenant)> standing_of);
  ~UsageKeeper();  // Writes what there is; joins.
  UsageKeeper(const UsageKeeper&) = delete;
  UsageKeeper& operator=(const UsageKeeper&) = delete;

  // Up to now. See UsageBook::Days.
  absl::StatusOr<std::vector<admin::v1::DailyUsage>> Days(absl::string_view tenant, int days);
  absl::Duration JobCpuToday(absl::string_view tenant) const { return book_->JobCpuToday(tenant); }

 private:
  void Run();
  absl::Status Record() { return book_->Record(clock_.Now(), totals_(), standing_of_); }
  void Settle();

  const std::unique_ptr<UsageBook> book_;
  const absl::Duration period_;
  const Clock& clock_;
  const std::function<std::map<std::string, Usage>()> totals_;
  const std::function<Standing(absl::string_view)> standing_of_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::quota
