#include "services/ingestion/keys/key_rotation.h"

#include <vector>

#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"

namespace clientele::ingestion {
namespace {

constexpr absl::Duration kPauseAfterFailure = absl::Seconds(10);

}  // namespace

KeyRotation::KeyRotation(CustomerKeys& keys) : keys_(keys), thread_([this] { Run(); }) {}

KeyRotation::~KeyRotation() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

void KeyRotation::Begin() {
  absl::MutexLock lock(&mutex_);
  has_work_ = true;
  changed_.SignalAll();
}

bool KeyRotation::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

void KeyRotation::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      while (!has_work_ && !stopped_) changed_.Wait(&mutex_);
      if (stopped_) return;
      has_work_ = false;
    }
    const absl::Status status = RewrapAll();
    if (status.ok() || stopped()) continue;
    observability::Log(observability::LogLevel::kError, "keys could not be wrapped anew; it is tried again",
                       {{"error", status.message()}});
    absl::MutexLock lock(&mutex_);
    has_work_ = true;
    if (!stopped_) changed_.WaitWithTimeout(&mutex_, kPauseAfterFailure);
  }
}

absl::Status KeyRotation::RewrapAll() {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<TenantId> tenants, keys_.store().ListTenants());
  for (const TenantId& tenant : tenants) {
    CLIENTELE_RETURN_IF_ERROR(keys_.RewrapCustomers(tenant, [this] { return stopped(); }));
  }
  return absl::OkStatus();
}

}  // namespace clientele::ingestion
