#include "services/training/learners/kmeans/train.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/evaluation/cluster_projection.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/kmeans/mini_batch.h"
#include "services/training/learners/kmeans/quality.h"
#include "services/training/learners/kmeans/refine.h"
#include "services/training/learners/kmeans/seeding.h"
#include "services/training/learners/kmeans/stability.h"

namespace clientele::training {
namespace {

using model::v1::KMeansModel;
using model::v1::KMeansParameters;

// Opening a team of threads takes longer than a pass over fewer rows.
constexpr int64_t kRowsWorthThreads = 20000;

int UsefulThreads(const TrainingMatrix& matrix, int threads) {
  int64_t rows = 0;
  for (const TrainingShard& shard : matrix.shards) rows += shard.rows;
  return rows < kRowsWorthThreads ? 1 : threads;
}

v1::CheckpointStep ToStep(const Clustering& clustering) {
  v1::CheckpointStep step;
  v1::ClusteringState& state = *step.mutable_clustering();
  *state.mutable_centroids() = {clustering.centroids.begin(), clustering.centroids.end()};
  *state.mutable_sizes() = {clustering.sizes.begin(), clustering.sizes.end()};
  *state.mutable_spreads() = {clustering.spreads.begin(), clustering.spreads.end()};
  state.set_inertia(clustering.inertia);
  state.set_iterations(clustering.iterations);
  return step;
}

Clustering FromState(const v1::ClusteringState& state) {
  return {{state.centroids().begin(), state.centroids().end()},
          {state.sizes().begin(), state.sizes().end()},
          {state.spreads().begin(), state.spreads().end()},
          state.inertia(),
          state.iterations()};
}

// A matrix's rows at length 1; those at the origin stay.
class UnitRows final : public RowSource {
 public:
  explicit UnitRows(const TrainingMatrix& matrix) : matrix_(matrix) {}
  void Read(int shard, int64_t first, int64_t count, float* values, uint16_t* /*no fields*/) const override {
    const int d = matrix_.columns;
    if (matrix_.source != nullptr) {
      matrix_.source->Read(shard, first, count, values, nullptr);
    } else {
      std::copy_n(matrix_.shards[shard].values.begin() + first * d, count * d, values);
    }
    for (float* row = values; row != values + count * d; row += d) {
      double square = 0;
      for (int j = 0; j < d; ++j) square += double{row[j]} * double{row[j]};
      const double scale = square == 0 ? 0 : 1 / std::sqrt(square);
      for (int j = 0; j < d; ++j) row[j] = static_cast<float>(row[j] * scale);
    }
  }

 private:
  const TrainingMatrix& matrix_;
};

// `matrix` must outlive it.
TrainingMatrix AtUnitLength(const TrainingMatrix& matrix) {
  TrainingMatrix unit;
  unit.columns = matrix.columns;
  for (int s = 0; s < kShardCount; ++s) {
    unit.shards[s].rows = matrix.shards[s].rows;
    unit.shards[s].weights = matrix.shards[s].weights;
  }
  unit.source = std::make_shared<UnitRows>(matrix);
  return unit;
}

// Runs K-means on rows that are ready for it.
class Trainer {
 public:
  Trainer(const ShardSums& sums, const RowFrame& frame, const KMeansSettings& settings, const StartingCentroids& starts,
          uint64_t seed, const LearnerProgress& progress)
      : sums_(sums), frame_(frame), settings_(settings), starts_(starts), seed_(seed), progress_(progress) {}

  absl::StatusOr<KMeansResult> Run() {
    CLIENTELE_ASSIGN_OR_RETURN(sample_, SampleRows(sums_, kSilhouetteSample));
    if (IsWorthRefining(frame_.rows, columns(), settings_.min_clusters)) {
      CLIENTELE_ASSIGN_OR_RETURN(all_rows_, SampleRows(sums_, static_cast<int>(frame_.rows)));
    }
    KMeansResult result;
    Clustering best;
    ClusterQuality best_quality;
    for (int k = settings_.min_clusters; k <= settings_.max_clusters; ++k) {
      auto run = BestRun(k);
      // A range may reach beyond what the rows can fill; its lower part still stands.
      if (absl::IsFailedPrecondition(run.status()) && k > settings_.min_clusters) break;
      if (!run.ok()) return run.status();
      CLIENTELE_ASSIGN_OR_RETURN(const ClusterQuality quality, MeasureClusters(sums_, frame_, *run, sample_.values));
      if (settings_.chosen) result.choices.push_back(ChoiceOf(*run, quality));
      if (!best.sizes.empty() && Figure(quality) <= Figure(best_quality)) continue;
      best = *std::move(run);
      best_quality = quality;
    }
    for (auto& choice : result.choices) choice.set_chosen(choice.num_clusters() == static_cast<int>(best.sizes.size()));
    result.inertia = best.inertia;
    result.inertia_of_one = InertiaOfOne();
    result.silhouette = best_quality.silhouette;
    result.davies_bouldin = best_quality.davies_bouldin;
    result.calinski_harabasz = best_quality.calinski_harabasz;
    result.iterations = best.iterations;
    result.model = MakeModel(best);
    CLIENTELE_RETURN_IF_ERROR(Examine(result));
    return result;
  }

 private:
  int columns() const { return sums_.matrix().columns; }

  // What the number of clusters is chosen by.
  double Figure(const ClusterQuality& quality) const {
    return settings_.choose_by_calinski_harabasz ? quality.calinski_harabasz : quality.silhouette;
  }

  static model::v1::ClusterEvaluation::Choice ChoiceOf(const Clustering& clustering, const ClusterQuality& quality) {
    model::v1::ClusterEvaluation::Choice choice;
    choice.set_num_clusters(static_cast<int>(clustering.sizes.size()));
    choice.set_inertia(clustering.inertia);
    choice.set_silhouette(quality.silhouette);
    choice.set_davies_bouldin(quality.davies_bouldin);
    choice.set_calinski_harabasz(quality.calinski_harabasz);
    return choice;
  }

  // The best of all runs with k clusters, the first of equals.
  absl::StatusOr<Clustering> BestRun(int k) const {
    const size_t size = static_cast<size_t>(k) * columns();
    const bool warm = starts_.champion.size() == size;
    const int runs = !starts_.given.empty() ? 1 : settings_.restarts + (warm ? 1 : 0);
    const double share = 1.0 / (settings_.max_clusters - settings_.min_clusters + 1);
    Clustering best;
    for (int run = 0; run < runs; ++run) {
      const auto tell = [&](double fraction, absl::string_view message) {
        Tell(progress_, share * (k - settings_.min_clusters + (run + fraction) / runs),
             absl::StrCat(k, " clusters, run ", run + 1, " of ", runs, ", ", message));
      };
      CLIENTELE_ASSIGN_OR_RETURN(Clustering found, RunOnce(k, run, tell));
      if (run == 0 || found.inertia < best.inertia) best = std::move(found);
    }
    return best;
  }

  // A step of the journal: what it says of this run is not worked out again.
  absl::StatusOr<Clustering> RunOnce(int k, int run, const LearnerProgress& progress) const {
    Journal& journal = sums_.journal();
    if (const auto* ended = journal.Recall()) return FromState(ended->clustering());
    Random random(seed_, static_cast<uint64_t>(k) << 32 | static_cast<uint64_t>(run));
    const auto* running = journal.Resume();
    std::vector<double> start;
    if (running == nullptr) {
      CLIENTELE_ASSIGN_OR_RETURN(start, Start(k, run, random));
    } else {
      start = {running->lloyd().centroids().begin(), running->lloyd().centroids().end()};
    }
    CLIENTELE_ASSIGN_OR_RETURN(Clustering found, Improve(std::move(start), k, random, progress,
                                                         running == nullptr ? nullptr : &running->lloyd()));
    journal.Ended([&] { return ToStep(found); });
    return found;
  }

  absl::StatusOr<std::vector<double>> Start(int k, int run, Random& random) const {
    std::vector<double> start = !starts_.given.empty() ? starts_.given : starts_.champion;
    if (starts_.given.empty() && run < settings_.restarts) {
      if (settings_.parallel_seeding) return SeedParallel(sums_, frame_, k, random);
      return SeedPlusPlus(sums_, k, random);
    }
    if (settings_.cosine) ScaleToUnitLength(start, columns());
    return start;
  }

  absl::StatusOr<Clustering> Improve(std::vector<double> centroids, int k, Random& random,
                                     const LearnerProgress& progress, const v1::LloydState* noted) const {
    LloydOptions options = settings_.lloyd;
    int steps = 0;
    const bool batches = settings_.batch_rows > 0;
    if (batches) {
      CLIENTELE_ASSIGN_OR_RETURN(MiniBatchEnd end, RunMiniBatch(sums_, frame_, std::move(centroids), k,
                                                                settings_.batch_rows, options, random, progress));
      centroids = std::move(end.centroids);
      steps = end.steps;
      options.max_iterations = 1;  // Sizes, inertia and a row in every cluster: those take one look at all rows.
    }
    // After batches a look at all rows is one iteration: nothing worth a note.
    CLIENTELE_ASSIGN_OR_RETURN(
        Clustering found, batches ? RunLloyd(sums_, frame_, std::move(centroids), k, options, progress)
                                  : RunNotedLloyd(sums_, frame_, std::move(centroids), k, options, progress, noted));
    found.iterations += steps;
    if (!starts_.given.empty() || settings_.cosine || !IsWorthRefining(frame_.rows, columns(), k)) return found;
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> refined, RefineByMoves(all_rows_, columns(), found.centroids,
                                                                          options.max_iterations, sums_.stop()));
    CLIENTELE_ASSIGN_OR_RETURN(Clustering better, RunLloyd(sums_, frame_, std::move(refined), k, options, {}));
    better.iterations = found.iterations;
    return better.inertia < found.inertia ? better : found;
  }

  double InertiaOfOne() const {
    std::vector<double> centre = frame_.means;
    if (settings_.cosine) ScaleToUnitLength(centre, columns());
    return frame_.InertiaAround(centre);
  }

  // The clusters' order: largest first, then by centroid.
  std::vector<int> StableOrder(const Clustering& clustering) const {
    std::vector<int> order(clustering.sizes.size());
    std::iota(order.begin(), order.end(), 0);
    const int64_t d = columns();
    std::sort(order.begin(), order.end(), [&](int a, int b) {
      if (clustering.sizes[a] != clustering.sizes[b]) return clustering.sizes[a] > clustering.sizes[b];
      const double* centroids = clustering.centroids.data();
      return std::lexicographical_compare(centroids + a * d, centroids + (a + 1) * d, centroids + b * d,
                                          centroids + (b + 1) * d);
    });
    return order;
  }

  KMeansModel MakeModel(const Clustering& clustering) const {
    KMeansModel model;
    model.set_num_clusters(static_cast<int>(clustering.sizes.size()));
    model.set_distance(settings_.cosine ? KMeansParameters::DISTANCE_COSINE : KMeansParameters::DISTANCE_EUCLIDEAN);
    for (const int c : StableOrder(clustering)) {
      for (int j = 0; j < columns(); ++j) model.add_centroids(clustering.centroids[int64_t{c} * columns() + j]);
      model.add_clusters()->set_size(clustering.sizes[c]);
    }
    return model;
  }

  // What samples say of the finished model.
  absl::Status Examine(KMeansResult& result) const {
    const std::vector<double> centroids(result.model.centroids().begin(), result.model.centroids().end());
    result.projection = ProjectClusters(sample_.values, columns(), centroids);
    if (settings_.stability_resamples == 0) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const RowSample sample,
                               SampleRows(sums_, StabilitySample(result.model.num_clusters(), columns())));
    Tell(progress_, 1, absl::StrCat("stability over ", settings_.stability_resamples, " resamples"));
    CLIENTELE_ASSIGN_OR_RETURN(
        result.stability, MeasureStability(sample, frame_, centroids, settings_, seed_, sums_.threads(), sums_.stop()));
    return absl::OkStatus();
  }

  const ShardSums& sums_;
  const RowFrame& frame_;
  const KMeansSettings& settings_;
  const StartingCentroids& starts_;
  const uint64_t seed_;
  const LearnerProgress& progress_;
  RowSample sample_;    // For what is quadratic in rows, and for pictures.
  RowSample all_rows_;  // Where they are few enough to be looked at one by one.
};

absl::StatusOr<KMeansResult> Train(const ShardSums& sums, const KMeansSettings& settings,
                                   const StartingCentroids& starts, uint64_t seed, const LearnerProgress& progress) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, CheckRows(sums, Labels::kNone));
  if (rows < settings.min_clusters) {
    return NotReady(absl::StrCat(rows, " rows are too few for ", settings.min_clusters, " clusters"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const RowFrame frame, MakeRowFrame(sums));
  if (frame.weight == 0) return NotReady("all rows have weight 0");
  KMeansResult result;
  if (!settings.cosine) {
    CLIENTELE_ASSIGN_OR_RETURN(result, Trainer(sums, frame, settings, starts, seed, progress).Run());
  } else {
    const TrainingMatrix unit = AtUnitLength(sums.matrix());
    const ShardSums unit_sums(unit, sums.communicator(), sums.threads(), sums.stop(), &sums.journal());
    CLIENTELE_ASSIGN_OR_RETURN(const RowFrame unit_frame, MakeRowFrame(unit_sums));
    CLIENTELE_ASSIGN_OR_RETURN(result, Trainer(unit_sums, unit_frame, settings, starts, seed, progress).Run());
  }
  for (const double deviation : frame.Deviations()) {
    result.model.add_feature_scale(deviation > 0 ? 1 / deviation : 1);
  }
  return result;
}

}  // namespace

absl::StatusOr<KMeansResult> TrainKMeans(const TrainingMatrix& matrix, const KMeansParameters& parameters,
                                         uint64_t seed, Communicator& communicator, int threads, const StopToken& stop,
                                         const LearnerProgress& progress, const StartingCentroids& starts,
                                         Journal* journal) {
  const ShardSums sums(matrix, communicator, UsefulThreads(matrix, threads), stop, journal);
  absl::StatusOr<KMeansResult> result = Train(sums, KMeansSettings(parameters), starts, seed, progress);
  if (!result.ok()) communicator.Abort(result.status());
  return result;
}

}  // namespace clientele::training
