#include "common/quota/usage_book.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/auth/change_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::quota {
namespace {

namespace fs = std::filesystem;
using admin::v1::DailyUsage;
using admin::v1::UsageDay;

constexpr absl::string_view kEnding = ".usage";

absl::Status Failed(absl::StatusCode code, absl::string_view message) {
  return Error(code, ErrorReason::kStorageFailed, message);
}

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

void AddGrowth(const Usage& before, const Usage& after, DailyUsage& day) {
  day.set_call_count(day.call_count() + after.calls - before.calls);
  day.set_refused_count(day.refused_count() + after.refused - before.refused);
  day.set_row_count(day.row_count() + after.rows - before.rows);
  day.set_cpu_seconds(day.cpu_seconds() + absl::ToDoubleSeconds(after.cpu - before.cpu));
  day.set_job_cpu_seconds(day.job_cpu_seconds() + absl::ToDoubleSeconds(after.job_cpu - before.job_cpu));
  day.set_received_bytes(day.received_bytes() + after.received_bytes - before.received_bytes);
  day.set_sent_bytes(day.sent_bytes() + after.sent_bytes - before.sent_bytes);
}

void SetStanding(const Standing& standing, DailyUsage& day) {
  day.set_stored_record_count(standing.stored_records);
  day.set_stored_bytes(standing.stored_bytes);
  day.set_model_count(standing.models);
  day.set_model_version_count(standing.model_versions);
}

}  // namespace

absl::StatusOr<std::unique_ptr<UsageBook>> UsageBook::Open(std::string directory, absl::Time now) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return Failed(absl::StatusCode::kUnavailable, absl::StrCat("cannot make ", directory, ": ", error.message()));
  }
  auto book = std::unique_ptr<UsageBook>(new UsageBook(std::move(directory), DayOf(now)));
  absl::MutexLock lock(&book->mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(book->today_, book->Read(book->day_));
  return book;
}

std::string UsageBook::PathOf(absl::CivilDay day) const {
  return absl::StrCat(directory_, "/", absl::FormatCivilTime(day), kEnding);
}

// A day of which nothing was written has nobody.
absl::StatusOr<UsageDay> UsageBook::Read(absl::CivilDay day) const {
  const std::string path = PathOf(day);
  std::ifstream file(path, std::ios::binary);
  UsageDay usage;
  if (!file) return usage;
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!usage.ParseFromString(bytes)) return Failed(absl::StatusCode::kDataLoss, absl::StrCat(path, " is damaged"));
  return usage;
}

absl::Status UsageBook::Record(absl::Time now, const std::map<std::string, Usage>& totals,
                               absl::FunctionRef<Standing(absl::string_view)> standing_of) {
  absl::MutexLock lock(&mutex_);
  absl::Status written;
  if (DayOf(now) > day_) {  // A clock that went back changes no day.
    written = WriteLocked();
    day_ = DayOf(now);
    today_.Clear();
  }
  for (const auto& [tenant, total] : totals) {
    DailyUsage& day = (*today_.mutable_tenants())[tenant];
    AddGrowth(recorded_[tenant], total, day);
    SetStanding(standing_of(tenant), day);
    recorded_[tenant] = total;
    changed_ = true;
  }
  return written;
}

absl::Status UsageBook::Write() {
  absl::MutexLock lock(&mutex_);
  return WriteLocked();
}

absl::Status UsageBook::WriteLocked() {
  if (!changed_) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(auth::ReplaceFile(PathOf(day_), today_.SerializeAsString()));
  changed_ = false;
  DropOldDays();
  return absl::OkStatus();
}

void UsageBook::DropOldDays() const {
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    absl::string_view date = name;
    absl::CivilDay day;
    if (!absl::ConsumeSuffix(&date, kEnding) || !absl::ParseCivilTime(date, &day)) continue;
    std::error_code not_now;
    if (day_ - day >= kUsageDays) fs::remove(it->path(), not_now);
  }
}

absl::StatusOr<std::vector<DailyUsage>> UsageBook::Days(absl::string_view tenant, int days) const {
  absl::MutexLock lock(&mutex_);
  std::vector<DailyUsage> found;
  for (int back = 0; back < std::min(days, kUsageDays); ++back) {
    const absl::CivilDay day = day_ - back;
    UsageDay earlier;
    if (back > 0) {
      CLIENTELE_ASSIGN_OR_RETURN(earlier, Read(day));
    }
    const auto& tenants = back > 0 ? earlier.tenants() : today_.tenants();
    const auto it = tenants.find(std::string(tenant));
    if (it == tenants.end()) continue;
    found.push_back(it->second);
    found.back().set_day(absl::FormatCivilTime(day));
  }
  return found;
}

absl::Duration UsageBook::JobCpuToday(absl::string_view tenant) const {
  absl::MutexLock lock(&mutex_);
  const auto it = today_.tenants().find(std::string(tenant));
  return it == today_.tenants().end() ? absl::ZeroDuration() : absl::Seconds(it->second.job_cpu_seconds());
}

}  // namespace clientele::quota
