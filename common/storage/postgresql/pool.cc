#include "common/storage/postgresql/pool.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {

absl::StatusOr<Pool::Lease> Pool::Acquire() {
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> idle, TakeIdle());
    if (idle == nullptr) break;
    if (idle->IsAlive()) return Lease(this, std::move(idle));
    GiveUpPlace();  // The server was restarted, or has ended it.
  }
  auto opened = Connection::Open(url_, timeout_);
  if (opened.ok()) return Lease(this, *std::move(opened));
  GiveUpPlace();
  return opened.status();
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::TakeIdle() {
  const absl::Time deadline = absl::Now() + timeout_;
  absl::MutexLock lock(&mutex_);
  while (idle_.empty() && open_ >= most_) {
    if (returned_.WaitWithDeadline(&mutex_, deadline)) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
                   absl::StrCat("PostgreSQL: all ", most_, " connections are in use; see storage.connections"));
    }
  }
  if (idle_.empty()) {
    ++open_;
    return nullptr;
  }
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  if (!connection->IsIdle()) {
    connection.reset();
    return GiveUpPlace();
  }
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
  returned_.Signal();
}

void Pool::GiveUpPlace() {
  absl::MutexLock lock(&mutex_);
  --open_;
  returned_.Signal();
}

}  // namespace clientele::storage::postgresql
