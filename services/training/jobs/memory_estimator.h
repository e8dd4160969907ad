// What jobs take, by how many customers their tenant has and by what the last job of the same model took; and what
// Prometheus sees of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/observability/metrics.h"
#include "services/training/jobs/job_memory.h"
#include "services/training/jobs/memory_estimate.h"

namespace clientele::training {

// Thread-safe. What it is given must outlive it.
class MemoryEstimator final : public JobMemory {
 public:
  // Asked at most once a minute for a tenant, whatever it answers.
  using CustomersOf = std::function<absl::StatusOr<int64_t>(const TenantId&)>;

  // `budget` is told to Prometheus; 0: there is none.
  MemoryEstimator(CustomersOf customers_of, const RankLayout& layout, int64_t budget, const Clock& clock,
                  observability::Metrics& metrics);

  // Where the last job of the model succeeded by the same dataset and algorithm, what it took, a quarter more, and more
  // as customers have become more; else the estimate for all customers; else, where their number is not known, that for
  // 100,000.
  MemoryNeed Of(const v1::TrainingJob& job) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnReserved(int64_t bytes) override { reserved_.Set(static_cast<double>(bytes)); }
  void OnMeasured(const v1::TrainingJob& job, const MemoryNeed& need, int64_t peak, bool outgrew) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Count {
    absl::Time asked = absl::InfinitePast();
    int64_t customers = -1;  // -1: not known.
  };
  // What a job took.
  struct Measured {
    std::string what;  // Of its dataset and algorithm.
    int64_t peak = 0;
    int64_t customers = -1;
  };
  int64_t Customers(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(mutex_);

  const CustomersOf customers_of_;
  const RankLayout layout_;
  const Clock& clock_;
  prometheus::Gauge& reserved_;
  prometheus::Histogram& ratio_;
  prometheus::Histogram& peak_;
  prometheus::Counter& outgrew_;
  absl::Mutex mutex_;
  std::map<TenantId, Count> counts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<TenantId, std::string>, Measured> measured_ ABSL_GUARDED_BY(mutex_);  // By tenant and model.
};

}  // namespace clientele::training
