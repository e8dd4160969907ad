#include "services/training/leading.h"

#include <utility>

#include "common/observability/log.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;

constexpr absl::Duration kLook = absl::Milliseconds(300);

}  // namespace

Leading::Leading(storage::Leadership& leadership, LedWork work, observability::Metrics& metrics)
    : leadership_(leadership),
      work_(std::move(work)),
      gauge_(metrics.Gauge("clientele_training_is_leader", "Whether this replica runs jobs and schedules: 1 or 0.")) {}

void Leading::Start() {
  Step();
  thread_ = std::thread([this] {
    while (Pause()) Step();
  });
}

bool Leading::Pause() {
  absl::MutexLock lock(&mutex_);
  if (!stopped_) wake_.WaitWithTimeout(&mutex_, kLook);
  return !stopped_;
}

void Leading::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    wake_.SignalAll();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  if (leads_) work_.end();
  Tell(false);
  leadership_.Release();
}

void Leading::Step() {
  const absl::StatusOr<bool> holds = leadership_.Hold();
  if (leads_ && !holds.value_or(false)) {
    work_.lose();
    Tell(false);
    Log(LogLevel::kError, "the lead is lost: jobs and schedules are another replica's",
        {{"why", holds.ok() ? absl::string_view("another has it") : holds.status().message()}});
  }
  if (!leads_ && holds.value_or(false)) {
    const absl::Status begun = work_.begin();
    if (begun.ok()) {
      Tell(true);
      Log(LogLevel::kInfo, "this replica leads: it runs jobs and schedules");
    } else {
      Log(LogLevel::kError, "this replica cannot lead for now", {{"error", begun.message()}});
      leadership_.Release();  // Another one may.
    }
  }
  work_.look();
}

void Leading::Tell(bool leads) {
  leads_ = leads;
  gauge_.Set(leads ? 1 : 0);
}

}  // namespace clientele::training
