#include "services/training/algorithms/segments.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "common/model/rfm/scorer.h"
#include "services/training/evaluation/cluster_matching.h"
#include "services/training/value_feature.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::KMeansModel;
using model::v1::SegmentMigration;

// From here on a cluster is so much the same that it keeps its name.
constexpr double kSameSegment = 0.5;

// Gives clusters that did not keep their name another one where it is taken.
void MakeNamesUnique(const std::vector<bool>& kept, KMeansModel& model) {
  std::set<std::string> taken;
  for (int c = 0; c < model.clusters_size(); ++c) {
    if (kept[c]) taken.insert(model.clusters(c).name());
  }
  for (int c = 0; c < model.clusters_size(); ++c) {
    if (kept[c]) continue;
    const std::string name = model.clusters(c).name();
    std::string unlike = name;
    for (int number = 2; !taken.insert(unlike).second; ++number) unlike = absl::StrCat(name, " (", number, ")");
    model.mutable_clusters(c)->set_name(unlike);
  }
}

// What a segment is called over the versions; 0 where the model has no such number.
struct Label {
  int identity = 0;
  std::string name;
};

Label LabelOf(const model::v1::ModelArtifact& artifact, int segment) {
  if (artifact.has_rfm()) {
    const model::RfmSegmentLabel label = model::LabelOf(artifact.rfm(), segment);
    return {label.identity, std::string(label.name)};
  }
  return {IdentityOf(artifact.kmeans(), segment), artifact.kmeans().clusters(segment).name()};
}

struct Moved {
  int64_t customers = 0;
  double value = 0;
};

// By segment before, -1 for none, and segment after.
using Moves = std::map<std::pair<int, int>, Moved>;

absl::StatusOr<Moves> MovesOf(const RowClusters& before, const RowClusters& after, int value_column,
                              const Dataset& dataset, int threads, dataset::Parts& parts) {
  int most = -1;  // The highest segment that anybody is in.
  for (const RowClusters* clusters : {&before, &after}) {
    for (const auto& shard : *clusters) {
      for (const int segment : shard) most = std::max(most, segment);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int> of_parts, dataset::AllGatherRows(std::vector{most}, parts));
  const int places = *std::max_element(of_parts.begin(), of_parts.end()) + 2;  // None and the segments.
  // Of each pair of segments the customers, then their value.
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> sums,
      dataset::SumOverShards(dataset, 2L * places * places, threads, parts, [&](int s, absl::Span<double> sum) {
        for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
          const int at = 2 * ((before[s][i] + 1) * places + after[s][i] + 1);
          sum[at] += 1;
          sum[at + 1] += ValueOf(dataset, value_column, s, i);
        }
      }));
  Moves moves;
  for (int at = 0; at < places * places; ++at) {
    if (sums[2 * at] == 0) continue;
    moves[{at / places - 1, at % places - 1}] = {static_cast<int64_t>(sums[2 * at]), sums[2 * at + 1]};
  }
  return moves;
}

}  // namespace

bool HasSegments(const model::v1::ModelArtifact& artifact) { return artifact.has_kmeans() || artifact.has_rfm(); }

absl::StatusOr<RowClusters> ClusterRows(const model::Predictor& predictor, const Dataset& dataset,
                                        const RowSelection& selection, int threads) {
  std::vector<std::vector<int>> selected(kShardCount);
  for (int s = 0; s < kShardCount; ++s) selected[s].resize(selection.count(s));
  CLIENTELE_RETURN_IF_ERROR(model::ForEachPrediction(
      predictor, dataset, selection, threads,
      [&](int s, int64_t i, const model::Prediction& prediction) { selected[s][i] = prediction.cluster; }));
  RowClusters clusters(kShardCount);
  for (int s = 0; s < kShardCount; ++s) {
    clusters[s].assign(dataset.shards[s].rows, -1);
    size_t next = 0;
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (selection.Has(s, i)) clusters[s][i] = selected[s][next++];
    }
  }
  return clusters;
}

RowClusters ClusterRowsOrNone(const model::Predictor* predictor, const Dataset& dataset, const RowSelection& selection,
                              int threads) {
  if (predictor != nullptr && HasSegments(predictor->artifact())) {
    auto clusters = ClusterRows(*predictor, dataset, selection, threads);
    if (clusters.ok()) return *std::move(clusters);
  }
  RowClusters none(kShardCount);
  for (int s = 0; s < kShardCount; ++s) none[s].assign(dataset.shards[s].rows, -1);
  return none;
}

int IdentityOf(const KMeansModel& model, int cluster) {
  const int identity = model.clusters(cluster).identity();
  return identity == 0 ? cluster + 1 : identity;
}

absl::Status ContinueSegments(const KMeansModel* champion, const RowClusters& champion_clusters,
                              const RowClusters& clusters, KMeansModel& model, dataset::Parts& parts) {
  const int before = champion == nullptr ? 0 : champion->num_clusters();
  Overlap overlap = CountOverlap(champion_clusters, before, clusters, model.num_clusters());
  for (auto* counts : {&overlap.shared, &overlap.old_sizes, &overlap.new_sizes}) {
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(*counts), parts));
  }
  const std::vector<int> matches = MatchClusters(overlap);
  int highest = 0;
  for (int c = 0; c < before; ++c) highest = std::max(highest, IdentityOf(*champion, c));
  std::vector<bool> kept(model.num_clusters(), false);
  for (int c = 0; c < model.num_clusters(); ++c) {
    KMeansModel::Cluster& cluster = *model.mutable_clusters(c);
    cluster.set_identity(matches[c] >= 0 ? IdentityOf(*champion, matches[c]) : ++highest);
    if (matches[c] < 0 || overlap.Jaccard(matches[c], c) < kSameSegment) continue;
    if (champion->clusters(matches[c]).name().empty()) continue;
    cluster.set_name(champion->clusters(matches[c]).name());
    kept[c] = true;
  }
  MakeNamesUnique(kept, model);
  return absl::OkStatus();
}

absl::StatusOr<SegmentMigration> MigrationOf(const model::Predictor* champion, absl::string_view champion_version,
                                             const model::Predictor& model, const Dataset& dataset, int threads,
                                             dataset::Parts& parts) {
  const RowSelection all = RowSelection::All(dataset);
  const RowClusters before = ClusterRowsOrNone(champion, dataset, all, threads);
  CLIENTELE_ASSIGN_OR_RETURN(const RowClusters after, ClusterRows(model, dataset, all, threads));
  const int value_column = ValueColumn(dataset);
  CLIENTELE_ASSIGN_OR_RETURN(const auto moves, MovesOf(before, after, value_column, dataset, threads, parts));
  SegmentMigration migration;
  migration.set_champion_version(std::string(champion_version));
  if (value_column >= 0) migration.set_value_feature(dataset.header.columns(value_column).feature().name());
  for (const auto& [segments, moved] : moves) {
    SegmentMigration::Move& move = *migration.add_moves();
    const auto& [from, to] = segments;
    const Label before_label = from >= 0 ? LabelOf(champion->artifact(), from) : Label();
    const Label after_label = LabelOf(model.artifact(), to);
    move.set_from_identity(before_label.identity);
    move.set_from_segment(before_label.name);
    move.set_to_identity(after_label.identity);
    move.set_to_segment(after_label.name);
    move.set_customers(moved.customers);
    move.set_value(moved.value);
  }
  std::stable_sort(migration.mutable_moves()->begin(), migration.mutable_moves()->end(),
                   [](const auto& a, const auto& b) { return a.customers() > b.customers(); });
  return migration;
}

}  // namespace clientele::training
