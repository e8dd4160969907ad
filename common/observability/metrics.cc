#include "common/observability/metrics.h"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace clientele::observability {

class Metrics::RefreshedRegistry final : public prometheus::Registry {
 public:
  void Add(std::function<void()> refresh) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    refreshes_.push_back(std::move(refresh));
  }
  std::vector<prometheus::MetricFamily> Collect() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& refresh : refreshes_) refresh();
    }
    return Registry::Collect();
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::function<void()>> refreshes_ ABSL_GUARDED_BY(mutex_);
};

Metrics::Metrics() : registry_(std::make_shared<RefreshedRegistry>()) {}
Metrics::~Metrics() = default;

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help,
                                          const std::vector<double>& bounds, const Labels& labels) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_).Add(labels, bounds);
}

void Metrics::BeforeScrape(std::function<void()> refresh) { registry_->Add(std::move(refresh)); }

std::shared_ptr<prometheus::Registry> Metrics::registry() const { return registry_; }

std::string Metrics::Text() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

const std::vector<double>& LatencyBounds() {
  static const auto* const kBounds = new std::vector<double>{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return *kBounds;
}

}  // namespace clientele::observability
