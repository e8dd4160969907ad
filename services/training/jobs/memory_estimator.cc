#include "services/training/jobs/memory_estimator.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/config/byte_size.h"
#include "common/observability/log.h"

namespace clientele::training {
namespace {

constexpr int64_t kUnknownRows = 100'000;
constexpr absl::Duration kCountedFor = absl::Minutes(1);
constexpr size_t kMostRemembered = 10'000;  // Tenants, and models: they come from callers.
constexpr double kMore = 1.25;              // Than the last time.

const std::vector<double>& RatioBounds() {
  static const std::vector<double> bounds = {0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4};
  return bounds;
}
const std::vector<double>& ByteBounds() {
  static const std::vector<double> bounds = {64e6, 128e6, 256e6, 512e6, 1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9};
  return bounds;
}

// Two jobs of which this is equal take the same from the same customers.
std::string WhatOf(const v1::TrainingJob& job) {
  model::v1::TrainingSpec spec = job.spec();
  auto& dataset = *spec.mutable_dataset();
  dataset.clear_as_of();
  dataset.clear_known_at();
  dataset.clear_labels_known_at();
  spec.clear_gate();
  spec.clear_seed();
  return Sha256Hex(spec.SerializeAsString());
}

}  // namespace

MemoryEstimator::MemoryEstimator(CustomersOf customers_of, const RankLayout& layout, int64_t budget,
                                 const Clock& clock, observability::Metrics& metrics)
    : customers_of_(std::move(customers_of)),
      layout_(layout),
      clock_(clock),
      reserved_(metrics.Gauge("clientele_training_memory_reserved_bytes",
                              "Memory that is set aside for the jobs that run.")),
      ratio_(metrics.Histogram("clientele_training_job_memory_ratio",
                               "The most memory that a job took, as a share of its estimate.", RatioBounds())),
      peak_(metrics.Histogram("clientele_training_job_memory_peak_bytes", "The most memory that a job took.",
                              ByteBounds())),
      outgrew_(metrics.Counter("clientele_training_jobs_outgrew_memory_total",
                               "Workers that were ended because they wanted more memory than there was.")) {
  metrics.Gauge("clientele_training_memory_budget_bytes", "Memory that jobs may use together; 0: no budget.")
      .Set(static_cast<double>(budget));
}

MemoryNeed MemoryEstimator::Of(const v1::TrainingJob& job) {
  const auto name = ParseTrainingJobName("name", job.name());
  if (!name.ok()) return {};
  const int64_t customers = Customers(name->tenant);
  const int columns = ColumnsOf(job.spec());
  {
    absl::MutexLock lock(&mutex_);
    const auto last = measured_.find({name->tenant, job.spec().model()});
    if (last != measured_.end() && last->second.what == WhatOf(job)) {
      const bool comparable = customers > 0 && last->second.customers > 0;
      const double growth =
          comparable ? static_cast<double>(customers) / static_cast<double>(last->second.customers) : 1;
      return {.bytes = static_cast<int64_t>(kMore * std::max(1.0, growth) * static_cast<double>(last->second.peak)),
              .basis = absl::StrCat("its model's last job took ", config::FormatByteSize(last->second.peak))};
    }
  }
  if (customers < 0) {
    return {.bytes = EstimateJobMemory(job.spec(), kUnknownRows, layout_),
            .basis = absl::StrCat("customers not known, ", columns, " columns")};
  }
  MemoryNeed need = {.bytes = EstimateJobMemory(job.spec(), customers, layout_),
                     .basis = absl::StrCat(customers, " customers, ", columns, " columns")};
  if (TakesAllCustomers(job)) need.least = LeastJobMemory(job.spec(), customers, layout_);
  return need;
}

int64_t MemoryEstimator::Customers(const TenantId& tenant) {
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto known = counts_.find(tenant);
    if (known != counts_.end() && now < known->second.asked + kCountedFor) return known->second.customers;
  }
  const absl::StatusOr<int64_t> asked = customers_of_(tenant);
  if (!asked.ok()) {
    observability::Log(observability::LogLevel::kWarn, "customers cannot be counted to estimate a job's memory",
                       {{"tenant", tenant.value()}, {"error", asked.status().message()}});
  }
  absl::MutexLock lock(&mutex_);
  if (counts_.size() >= kMostRemembered) counts_.clear();
  counts_[tenant] = {now, asked.ok() ? *asked : -1};
  return counts_[tenant].customers;
}

void MemoryEstimator::OnMeasured(const v1::TrainingJob& job, const MemoryNeed& need, int64_t peak, bool outgrew) {
  observability::Log(observability::LogLevel::kInfo, "training job measured",
                     {{"job", job.name()}, {"memory_estimate", need.bytes}, {"memory_peak", peak}});
  if (outgrew) outgrew_.Increment();
  if (peak <= 0) return;
  peak_.Observe(static_cast<double>(peak));
  if (need.bytes > 0) ratio_.Observe(static_cast<double>(peak) / static_cast<double>(need.bytes));
  const auto name = ParseTrainingJobName("name", job.name());
  // Of one that failed or was stopped nobody knows what it would have taken.
  if (!name.ok() || job.state() != v1::TrainingJob::STATE_SUCCEEDED) return;
  absl::MutexLock lock(&mutex_);
  if (measured_.size() >= kMostRemembered) measured_.clear();
  const auto count = counts_.find(name->tenant);
  measured_[{name->tenant, job.spec().model()}] = {WhatOf(job), peak,
                                                   count == counts_.end() ? -1 : count->second.customers};
}

}  // namespace clientele::training
