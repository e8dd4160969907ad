#include "services/inference/monitoring/shadow_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/timestamps.h"
#include "common/model/quantile.h"
#include "common/statistics/correlation.h"
#include "common/statistics/ranks.h"

namespace clientele::inference {
namespace {

using storage::ShadowPair;
using v1::ShadowReport;

constexpr int kTenths = 10;
constexpr double kQuantiles[] = {0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1};

// The columns of one pairing. [n each]
struct Columns {
  std::vector<double> served, shadow, differences, served_micros, shadow_micros;
};

Columns ColumnsOf(absl::Span<const ShadowPair* const> pairs) {
  Columns columns;
  for (const ShadowPair* pair : pairs) {
    columns.served.push_back(pair->served_score);
    columns.shadow.push_back(pair->shadow_score);
    columns.differences.push_back(pair->shadow_score - pair->served_score);
    columns.served_micros.push_back(pair->served_micros);
    columns.shadow_micros.push_back(pair->shadow_micros);
  }
  return columns;
}

void SetDifferences(std::vector<double> differences, ShadowReport::Pairing& pairing) {
  const double n = static_cast<double>(differences.size());
  double mean = 0, squares = 0;
  for (const double difference : differences) mean += difference / n;
  for (const double difference : differences) squares += (difference - mean) * (difference - mean);
  pairing.set_mean_difference(mean);
  pairing.set_difference_standard_deviation(n < 2 ? 0 : std::sqrt(squares / (n - 1)));
  std::sort(differences.begin(), differences.end());
  for (const double q : kQuantiles) pairing.add_difference_quantiles(model::SortedQuantile(differences, q));
}

// Where each tenth of the served scores goes; how many stay.
int64_t SetMoves(const Columns& columns, ShadowReport::Pairing& pairing) {
  const std::vector<int> from = TenthsOf(columns.served), to = TenthsOf(columns.shadow);
  pairing.mutable_decile_moves()->Resize(kTenths * kTenths, 0);
  int64_t stayed = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    pairing.set_decile_moves(from[i] * kTenths + to[i], pairing.decile_moves(from[i] * kTenths + to[i]) + 1);
    stayed += from[i] == to[i];
  }
  return stayed;
}

void AddLargest(std::vector<const ShadowPair*> pairs, int max_rows, ShadowReport::Pairing& pairing) {
  const auto difference = [](const ShadowPair* pair) { return std::abs(pair->shadow_score - pair->served_score); };
  const size_t rows = std::min(pairs.size(), static_cast<size_t>(max_rows));
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const ShadowPair* a, const ShadowPair* b) { return difference(a) > difference(b); });
  for (size_t i = 0; i < rows; ++i) {
    ShadowReport::Row& row = *pairing.add_largest();
    row.set_pseudonym(absl::BytesToHexString(pairs[i]->pseudonym));
    *row.mutable_time() = ToProto(pairs[i]->time);
    row.set_served_score(pairs[i]->served_score);
    row.set_shadow_score(pairs[i]->shadow_score);
  }
}

void SetLatency(std::vector<double> micros, ShadowReport::Latency& latency) {
  std::sort(micros.begin(), micros.end());
  latency.set_p50_micros(model::SortedQuantile(micros, 0.5));
  latency.set_p99_micros(model::SortedQuantile(micros, 0.99));
}

// `pairs`: not empty, of the same versions, by time.
ShadowReport::Pairing MakePairing(const ModelName& name, const std::vector<const ShadowPair*>& pairs,
                                  Agreement agreement, int max_rows) {
  ShadowReport::Pairing pairing;
  pairing.set_served_version(FormatVersion(name.tenant, name.model, pairs.front()->served_version));
  pairing.set_shadow_version(FormatVersion(name.tenant, name.model, pairs.front()->shadow_version));
  pairing.set_pairs(static_cast<int64_t>(pairs.size()));
  const Columns columns = ColumnsOf(pairs);
  pairing.set_rank_correlation(statistics::RankCorrelation(columns.served, columns.shadow));
  SetDifferences(columns.differences, pairing);
  int64_t agreed = SetMoves(columns, pairing);
  if (agreement == Agreement::kByDecision) {
    agreed = std::count_if(pairs.begin(), pairs.end(), [](const ShadowPair* pair) {
      return pair->served_decision == pair->shadow_decision;
    });
  }
  pairing.set_agreement(static_cast<double>(agreed) / static_cast<double>(pairs.size()));
  AddLargest(pairs, max_rows, pairing);
  SetLatency(columns.served_micros, *pairing.mutable_served_latency());
  SetLatency(columns.shadow_micros, *pairing.mutable_shadow_latency());
  *pairing.mutable_first_time() = ToProto(pairs.front()->time);
  *pairing.mutable_last_time() = ToProto(pairs.back()->time);
  return pairing;
}

}  // namespace

ShadowReport MakeShadowReport(const ModelName& name, const std::vector<ShadowPair>& pairs, Agreement agreement,
                              int max_rows) {
  std::map<std::pair<int64_t, int64_t>, std::vector<const ShadowPair*>> by_versions;
  for (const ShadowPair& pair : pairs) by_versions[{pair.served_version, pair.shadow_version}].push_back(&pair);
  std::vector<const std::vector<const ShadowPair*>*> groups;
  for (const auto& [versions, group] : by_versions) groups.push_back(&group);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto* a, const auto* b) { return a->back()->time > b->back()->time; });
  ShadowReport report;
  report.set_name(FormatModel(name.tenant, name.model));
  for (const auto* group : groups) *report.add_pairings() = MakePairing(name, *group, agreement, max_rows);
  return report;
}

std::vector<int> TenthsOf(absl::Span<const double> scores) {
  std::vector<int> tenths;
  const double n = static_cast<double>(scores.size());
  for (const double rank : statistics::MeanRanks(scores)) {
    tenths.push_back(std::clamp(static_cast<int>((rank - 0.5) * kTenths / n), 0, kTenths - 1));
  }
  return tenths;
}

}  // namespace clientele::inference
