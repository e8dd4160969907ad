#include "services/inference/registry/lifecycle_metrics.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace clientele::inference {
namespace {

prometheus::Counter& Loads(observability::Metrics& metrics, const std::string& result) {
  return metrics.Counter("clientele_inference_model_loads_total", "Stored model versions read into memory, by result.",
                         {{"result", result}});
}

}  // namespace

LifecycleMetrics::LifecycleMetrics(observability::Metrics& metrics)
    : loaded_(Loads(metrics, "ok")),
      failed_(Loads(metrics, "failed")),
      seconds_(metrics.Histogram("clientele_inference_model_load_seconds",
                                 "How long reading a stored model version took.", observability::LatencyBounds())) {
  for (int i = v1::ModelVersion::STATE_AVAILABLE; i <= v1::ModelVersion::State_MAX; ++i) {
    const auto state = static_cast<v1::ModelVersion::State>(i);
    const std::string name = v1::ModelVersion::State_Name(state);
    versions_[state] = &metrics.Gauge("clientele_inference_model_versions", "Model versions by state.",
                                      {{"state", absl::AsciiStrToLower(absl::StripPrefix(name, "STATE_"))}});
  }
}

void LifecycleMetrics::SetVersions(const std::map<v1::ModelVersion::State, int64_t>& counts) {
  for (const auto& [state, gauge] : versions_) {
    const auto count = counts.find(state);
    gauge->Set(count == counts.end() ? 0 : static_cast<double>(count->second));
  }
}

void LifecycleMetrics::CountLoad(bool ok, absl::Duration duration) {
  (ok ? loaded_ : failed_).Increment();
  seconds_.Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace clientele::inference
