#include "common/quota/usage_keeper.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/observability/log.h"

namespace clientele::quota {

UsageKeeper::UsageKeeper(std::unique_ptr<UsageBook> book, absl::Duration period, const Clock& clock,
                         std::function<std::map<std::string, Usage>()> totals,
                         std::function<Standing(absl::string_view)> standing_of)
    : book_(std::move(book)),
      period_(period),
      clock_(clock),
      totals_(std::move(totals)),
      standing_of_(std::move(standing_of)),
      thread_([this] { Run(); }) {}

UsageKeeper::~UsageKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::StatusOr<std::vector<admin::v1::DailyUsage>> UsageKeeper::Days(absl::string_view tenant, int days) {
  CLIENTELE_RETURN_IF_ERROR(Record());
  return book_->Days(tenant, days);
}

void UsageKeeper::Settle() {
  absl::Status status = Record();
  status.Update(book_->Write());
  if (status.ok()) return;
  observability::Log(observability::LogLevel::kError, "what tenants used was not written; it is tried again",
                     {{"error", status.message()}});
}

void UsageKeeper::Run() {
  for (bool stopped = false; !stopped;) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopped_), period_);
      stopped = stopped_;
    }
    Settle();
  }
}

}  // namespace clientele::quota
