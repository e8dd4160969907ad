#include "services/inference/monitoring/drift_report.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "common/statistics/divergence.h"
#include "common/statistics/hypotheses.h"

namespace clientele::inference {
namespace {

using v1::FeatureDrift;

constexpr double kModerate = 0.1;
constexpr double kLarge = 0.25;

double Sum(absl::Span<const int64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
}

double Share(int64_t count, double sum) { return sum > 0 ? static_cast<double>(count) / sum : 0; }

// Without adjusted p-value and verdict. Missing values stand before all numbers, so that more of them is drift too.
FeatureDrift Compare(const FeatureBins& bins, absl::Span<const int64_t> counts) {
  const auto scored = counts.subspan(bins.first, bins.bins + 1);
  const absl::Span<const int64_t> training = bins.training_counts;
  const double n = Sum(training), m = Sum(scored);
  FeatureDrift drift;
  drift.set_feature(bins.feature);
  drift.set_population_stability_index(statistics::PopulationStabilityIndex(training, scored));
  drift.set_jensen_shannon(statistics::JensenShannonDivergence(training, scored));
  const statistics::TestResult test = bins.is_category ? statistics::ChiSquaredHomogeneity(training, scored)
                                                       : statistics::KolmogorovSmirnov(training, scored);
  drift.set_statistic(test.statistic);
  drift.set_p_value(test.p_value);
  drift.set_level(LevelOf(drift.population_stability_index()));
  drift.set_training_missing_share(Share(training[0], n));
  drift.set_missing_share(Share(scored[0], m));
  for (int b = 0; b <= bins.bins; ++b) {
    if (training[b] + scored[b] == 0) continue;
    drift.add_bins(bins.names[b]);
    drift.add_training_shares(Share(training[b], n));
    drift.add_shares(Share(scored[b], m));
  }
  return drift;
}

void Judge(double adjusted, double false_discovery_rate, FeatureDrift& drift) {
  drift.set_adjusted_p_value(adjusted);
  drift.set_drifted(adjusted <= false_discovery_rate && drift.population_stability_index() >= kModerate);
}

}  // namespace

FeatureDrift::Level LevelOf(double population_stability_index) {
  if (population_stability_index < kModerate) return FeatureDrift::LEVEL_STABLE;
  return population_stability_index < kLarge ? FeatureDrift::LEVEL_MODERATE : FeatureDrift::LEVEL_LARGE;
}

std::vector<int64_t> SumOfDays(absl::Span<const storage::DayCounts> days, int size) {
  std::vector<int64_t> sums(size);
  for (const storage::DayCounts& day : days) {
    const size_t common = std::min(sums.size(), day.counts.size());
    for (size_t i = 0; i < common; ++i) sums[i] += day.counts[i];
  }
  return sums;
}

v1::DriftReport MakeDriftReport(const DriftBins& bins, absl::Span<const int64_t> counts, double false_discovery_rate) {
  v1::DriftReport report;
  report.set_rows(counts[0]);
  report.set_training_rows(bins.training_rows());
  std::vector<FeatureDrift> drifts;
  std::vector<double> p_values;
  for (const FeatureBins& feature : bins.features()) {
    drifts.push_back(Compare(feature, counts));
    p_values.push_back(drifts.back().p_value());
  }
  const std::vector<double> adjusted = statistics::AdjustForFalseDiscoveries(p_values);
  for (size_t f = 0; f < drifts.size(); ++f) Judge(adjusted[f], false_discovery_rate, drifts[f]);
  std::stable_sort(drifts.begin(), drifts.end(), [](const FeatureDrift& a, const FeatureDrift& b) {
    return a.population_stability_index() > b.population_stability_index();
  });
  for (FeatureDrift& drift : drifts) *report.add_features() = std::move(drift);
  if (bins.score().bins > 0) {
    *report.mutable_score() = Compare(bins.score(), counts);
    Judge(report.score().p_value(), false_discovery_rate, *report.mutable_score());
  }
  return report;
}

}  // namespace clientele::inference
