#include "common/audit/audit_log.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"

namespace clientele::audit {
namespace {

constexpr size_t kMostWaiting = 1'000;               // Entries in memory while the disk takes none.
constexpr absl::Duration kPause = absl::Seconds(1);  // Between looks at limits, and at a disk that takes none.

absl::Status MustNotBe(absl::string_view what, const absl::Status& why) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
               absl::StrCat("the audit log takes no entries, so ", what, ": ", why.message()));
}

Entry LeftOut(int64_t count) {
  Entry entry;
  entry.set_event(Entry::EVENT_LEFT_OUT);
  entry.set_left_out_count(count);
  return entry;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(storage::AuditStore& store, std::string program,
                                                         const Clock& clock, observability::Metrics& metrics) {
  std::unique_ptr<AuditLog> log(new AuditLog(store, std::move(program), clock, metrics));
  CLIENTELE_RETURN_IF_ERROR(log->EndInterrupted());
  log->thread_ = std::thread(&AuditLog::WriteWaiting, log.get());
  return log;
}

AuditLog::AuditLog(storage::AuditStore& store, std::string program, const Clock& clock, observability::Metrics& metrics)
    : store_(store),
      program_(std::move(program)),
      reader_(store, program_),
      clock_(clock),
      metrics_(metrics),
      left_out_(metrics.Counter("clientele_audit_left_out_total",
                                "Refused calls without an entry of their own; a later one counts them.")),
      failures_(metrics.Counter("clientele_audit_failures_total", "Entries that the store did not take at once.")) {}

AuditLog::~AuditLog() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status AuditLog::EndInterrupted() {
  std::vector<std::pair<std::string, int64_t>> unended;
  CLIENTELE_RETURN_IF_ERROR(store_.ForEachUnended(
      [&](absl::string_view chain, int64_t number) { unended.emplace_back(std::string(chain), number); }));
  for (const auto& [chain, begun] : unended) {
    Entry entry;
    CLIENTELE_RETURN_IF_ERROR(store_.Ascend(chain, begun, [&](int64_t, const Entry& stored) {
      entry = stored;
      return false;
    }));
    entry.set_event(Entry::EVENT_INTERRUPTED);
    entry.set_begun_number(begun);
    CLIENTELE_RETURN_IF_ERROR(Append(chain, entry).status());
  }
  if (!unended.empty()) {
    observability::Log(observability::LogLevel::kWarn, "calls were interrupted; whether they took effect is not known",
                       {{"calls", static_cast<int64_t>(unended.size())}});
  }
  return absl::OkStatus();
}

ChainWriter& AuditLog::WriterOf(const std::string& chain) {
  absl::MutexLock lock(&mutex_);
  auto& writer = writers_[chain];
  if (writer == nullptr) writer = std::make_unique<ChainWriter>(store_, chain, program_, clock_);
  return *writer;
}

absl::StatusOr<int64_t> AuditLog::Append(const std::string& chain, const Entry& entry) {
  absl::StatusOr<int64_t> number = WriterOf(chain).Append(entry);
  if (number.ok()) {
    metrics_
        .Counter("clientele_audit_entries_total", "Entries of the audit log.",
                 {{"event", Entry::Event_Name(entry.event())}})
        .Increment();
  } else {
    failures_.Increment();
  }
  return number;
}

absl::StatusOr<int64_t> AuditLog::Begin(const std::string& chain, Entry call) {
  call.set_event(Entry::EVENT_BEGUN);
  absl::StatusOr<int64_t> number = Append(chain, call);
  if (!number.ok()) return MustNotBe("nothing was done", number.status());
  return number;
}

void AuditLog::End(const std::string& chain, Entry call) {
  call.set_event(Entry::EVENT_ENDED);
  if (Append(chain, call).ok()) return;
  absl::MutexLock lock(&mutex_);
  if (waiting_.size() < kMostWaiting) waiting_.push_back({chain, std::move(call)});  // Else the next start ends it.
}

absl::Status AuditLog::Show(const std::string& chain, Entry call) {
  call.set_event(Entry::EVENT_SHOWN);
  const absl::StatusOr<int64_t> number = Append(chain, call);
  return number.ok() ? absl::OkStatus() : MustNotBe("personal values are not shown", number.status());
}

void AuditLog::Refuse(const std::string& chain, Entry call) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  RefusalLimit& limit = limits_.try_emplace(chain, now).first->second;
  std::optional<int64_t> left_out;
  if (waiting_.size() >= kMostWaiting) {
    limit.LeaveOut();
  } else {
    left_out = limit.Admit(now);
  }
  if (!left_out.has_value()) return left_out_.Increment();
  call.set_event(Entry::EVENT_REFUSED);
  call.set_left_out_count(*left_out);
  waiting_.push_back({chain, std::move(call)});
}

void AuditLog::SettleLimits() {
  const absl::Time now = clock_.Now();
  for (auto& [chain, limit] : limits_) {
    const std::optional<int64_t> left_out = stopping_ ? limit.SettleAll() : limit.Settle(now);
    if (left_out.has_value()) waiting_.push_back({chain, LeftOut(*left_out)});
  }
}

// What could not be written stays in the batch.
void AuditLog::WriteBatch(std::deque<Waiting>& batch) {
  for (; !batch.empty(); batch.pop_front()) {
    const absl::Status status = Append(batch.front().chain, batch.front().entry).status();
    if (status.ok()) continue;
    observability::Log(observability::LogLevel::kWarn, "the audit log's entries wait for the disk",
                       {{"entries", static_cast<int64_t>(batch.size())}, {"why", status.message()}});
    return;
  }
}

void AuditLog::WriteWaiting() {
  const auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); };
  std::deque<Waiting> batch;
  while (true) {
    bool last = false;
    {
      absl::MutexLock lock(&mutex_);
      if (batch.empty()) {
        mutex_.AwaitWithTimeout(absl::Condition(&due), kPause);
      } else {
        mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPause);  // The disk has just taken none.
      }
      SettleLimits();
      last = stopping_;
      if (batch.empty() || last) {
        std::move(waiting_.begin(), waiting_.end(), std::back_inserter(batch));
        waiting_.clear();
      }
    }
    WriteBatch(batch);
    if (last) return;
  }
}

}  // namespace clientele::audit
