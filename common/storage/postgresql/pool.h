// Connections that wait for their next use, never more than so many at once.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/storage/postgresql/connection.h"

namespace clientele::storage::postgresql {

// Thread-safe. Outlives its leases.
class Pool {
 public:
  // A connection for as long as this lives; then it is the next one's, or closed where it is no longer of use.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(std::move(other.connection_)) {}
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Lease& operator=(Lease&&) = delete;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    Lease(Pool* pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // See Connection::Open for `url` and `timeout`, which is also how long Acquire waits for a connection.
  Pool(std::string url, int most, absl::Duration timeout) : url_(std::move(url)), most_(most), timeout_(timeout) {}

  // One that waits and whose server is still there, or a new one. UNAVAILABLE (STORAGE_FAILED).
  absl::StatusOr<Lease> Acquire() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Null: there is none, and a place for a new one is taken.
  absl::StatusOr<std::unique_ptr<Connection>> TakeIdle() ABSL_LOCKS_EXCLUDED(mutex_);
  void Return(std::unique_ptr<Connection> connection) ABSL_LOCKS_EXCLUDED(mutex_);
  void GiveUpPlace() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string url_;
  const int most_;
  const absl::Duration timeout_;
  absl::Mutex mutex_;
  absl::CondVar returned_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;                                   // In use, waiting, or on their way.
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);  // The last one in is the first one out.
};

}  // namespace clientele::storage::postgresql
