#include "common/audit/chain_writer.h"

#include <algorithm>

#include "common/audit/kept_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::audit {

absl::Status ChainWriter::Load() {
  if (!key_.has_value()) {
    CLIENTELE_ASSIGN_OR_RETURN(key_, store_.KeyOf(chain_));
  }
  if (head_.has_value()) return absl::OkStatus();
  Head newest;
  CLIENTELE_RETURN_IF_ERROR(store_.Descend(chain_, 0, [&](int64_t number, const Entry& entry) {
    mutex_.AssertHeld();  // Load's caller holds it.
    newest = Head{number, entry.hash()};
    last_time_ = FromProto(entry.time());
    return false;
  }));
  head_ = std::move(newest);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ChainWriter::Append(Entry entry) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_RETURN_IF_ERROR(Load());
  const absl::Time now = std::max(clock_.Now(), last_time_);
  *entry.mutable_time() = ToProto(now);
  entry.set_program(program_);
  for (std::string& name : *entry.mutable_resources()) name = KeptName(name, *key_);
  Link(chain_, *head_, entry);
  const int64_t number = head_->number + 1;
  if (absl::Status status = store_.Append(chain_, number, entry); !status.ok()) {
    head_.reset();  // Whether it is stored is for the store to say.
    return status;
  }
  head_ = Head{number, entry.hash()};
  last_time_ = now;
  return number;
}

}  // namespace clientele::audit
