#include "common/audit/retention.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/audit/checkpoint.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"

namespace clientele::audit {
namespace {

constexpr absl::Duration kLook = absl::Minutes(10);

// How much longer an entry may stay, so that a busy log is not cut all the time.
absl::Duration SlackOf(absl::Duration keep) { return std::min(absl::Hours(24), keep / 10); }

// The oldest entry that has to stay because a call that is under way began with it; none is as if it were far away.
absl::StatusOr<int64_t> FirstUnended(const storage::AuditStore& store, const std::string& chain) {
  int64_t first = std::numeric_limits<int64_t>::max();
  CLIENTELE_RETURN_IF_ERROR(store.ForEachUnended([&](absl::string_view of, int64_t number) {
    if (of == chain) first = std::min(first, number);
  }));
  return first;
}

// The last entry that may go, and how many do; number 0: none.
struct Old {
  Head last;
  int64_t entries = 0;
};

// DATA_LOSS: the chain does not hold. What was done to it must not go with what is cut off.
absl::StatusOr<Old> FindOld(const storage::AuditStore& store, const std::string& chain, absl::Time before,
                            const privacy::SigningKey& key) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t unended, FirstUnended(store, chain));
  ChainVerifier verifier(chain, std::nullopt, SignerOf(key));
  Old old;
  bool goes = true;
  CLIENTELE_RETURN_IF_ERROR(store.Ascend(chain, 1, [&](int64_t number, const Entry& entry) {
    if (!verifier.Add(entry)) return false;
    goes = goes && number < unended && FromProto(entry.time()) < before;
    if (goes) old = {{number, entry.hash()}, old.entries + 1};
    return true;
  }));
  verifier.End();
  if (!verifier.broken().has_value()) return old;
  return Error(absl::StatusCode::kDataLoss, ErrorReason::kStorageFailed,
               absl::StrCat("the audit log of ", chain, " is not what was written, so nothing of it is cut off: entry ",
                            verifier.broken()->number, " ", verifier.broken()->what));
}

}  // namespace

absl::StatusOr<int64_t> CutChain(storage::AuditStore& store, AuditLog& log, const std::string& chain, absl::Time before,
                                 const privacy::SigningKey& key) {
  CLIENTELE_ASSIGN_OR_RETURN(const Old old, FindOld(store, chain, before, key));
  if (old.entries == 0) return 0;
  CLIENTELE_ASSIGN_OR_RETURN(Entry checkpoint, MakeCheckpoint(log.reader().program(), chain, old.last, key));
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t begun, log.Begin(chain, checkpoint));
  const absl::Status removed = store.RemoveThrough(chain, old.last.number);
  checkpoint.set_begun_number(begun);
  checkpoint.set_code(absl::StatusCodeToString(removed.code()));
  log.End(chain, std::move(checkpoint));
  CLIENTELE_RETURN_IF_ERROR(removed);
  return old.entries;
}

absl::StatusOr<std::unique_ptr<Retention>> Retention::Start(storage::AuditStore& store, AuditLog& log,
                                                            const RetentionOptions& options, const Clock& clock) {
  if (options.keep <= absl::ZeroDuration()) return nullptr;
  CLIENTELE_ASSIGN_OR_RETURN(
      privacy::SigningKey key,
      privacy::SigningKey::OpenOrCreate("the key that signs checkpoints of the audit log", options.signing_key_file));
  return std::unique_ptr<Retention>(new Retention(store, log, options.keep, std::move(key), clock));
}

Retention::Retention(storage::AuditStore& store, AuditLog& log, absl::Duration keep, privacy::SigningKey key,
                     const Clock& clock)
    : store_(store), log_(log), keep_(keep), key_(std::move(key)), clock_(clock), thread_([this] { Run(); }) {}

Retention::~Retention() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::Status Retention::CutAll() {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> chains, store_.ListChains());
  const absl::Time before = clock_.Now() - keep_;
  for (const std::string& chain : chains) {
    absl::Time oldest = absl::InfiniteFuture();
    CLIENTELE_RETURN_IF_ERROR(store_.Ascend(chain, 1, [&](int64_t, const Entry& entry) {
      oldest = FromProto(entry.time());
      return false;
    }));
    if (oldest >= before - SlackOf(keep_)) continue;
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t cut, CutChain(store_, log_, chain, before, key_));
    observability::Log(observability::LogLevel::kInfo, "the audit log's old entries are cut off",
                       {{"chain", chain}, {"entries", cut}});
  }
  return absl::OkStatus();
}

void Retention::Run() {
  bool stopped = false;
  while (!stopped) {
    if (const absl::Status status = CutAll(); !status.ok()) {
      observability::Log(observability::LogLevel::kWarn, "the audit log could not be cut; it is tried again",
                         {{"error", status.message()}});
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopped_), std::min(kLook, SlackOf(keep_)));
    stopped = stopped_;
  }
}

}  // namespace clientele::audit
