// What tenants used of one server, by day of UTC, over restarts: one file a day, DIR/2026-11-26.usage, which is a
// UsageDay; the newest 400 days stay. A file is replaced whole, synced, then renamed: a crash loses what was recorded
// since the last Write, and never more.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "clientele/admin/v1/usage.pb.h"
#include "common/quota/account.h"

namespace clientele::quota {

inline constexpr int kUsageDays = 400;

// Thread-safe.
class UsageBook {
 public:
  // Makes the directory where there is none, and reads the day of `now`. UNAVAILABLE or DATA_LOSS with STORAGE_FAILED.
  static absl::StatusOr<std::unique_ptr<UsageBook>> Open(std::string directory, absl::Time now);

  // Adds to the day of `now` what `totals`, since the process began, have grown by since the last call, and notes what
  // the tenants keep. A day that is over is written.
  absl::Status Record(absl::Time now, const std::map<std::string, Usage>& totals,
                      absl::FunctionRef<Standing(absl::string_view tenant)> standing_of) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes what was recorded durable, and takes away the days that are too old.
  absl::Status Write() ABSL_LOCKS_EXCLUDED(mutex_);

  // The tenant's last `days` days, 1 to kUsageDays, up to the newest that was recorded; the newest first, without those
  // on which it used nothing and kept nothing.
  absl::StatusOr<std::vector<admin::v1::DailyUsage>> Days(absl::string_view tenant, int days) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of the processes of its jobs, on the newest day.
  absl::Duration JobCpuToday(absl::string_view tenant) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  UsageBook(std::string directory, absl::CivilDay day) : directory_(std::move(directory)), day_(day) {}

  std::string PathOf(absl::CivilDay day) const;
  absl::StatusOr<admin::v1::UsageDay> Read(absl::CivilDay day) const;
  absl::Status WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldDays() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  mutable absl::Mutex mutex_;
  absl::CivilDay day_ ABSL_GUARDED_BY(mutex_);
  admin::v1::UsageDay today_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;  // Since it was written.
  std::map<std::string, Usage> recorded_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::quota
