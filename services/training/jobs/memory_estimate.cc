#include "services/training/jobs/memory_estimate.h"

#include "absl/time/time.h"
#include "common/base/timestamps.h"

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;

constexpr double kEmptyProcess = 40 << 20;  // Program, channels, buffers of the stream.
constexpr double kMpirun = 24 << 20, kMpi = 8 << 20;  // And what a rank takes of MPI.
constexpr double kIdBytes = 24;
constexpr double kColumnsPerFeature = 1.5;  // That a learner sees.
constexpr double kMargin = 1.3;             // Of the estimate over what was measured.
constexpr double kLeastShare = 0.6;         // Of the estimate.
constexpr absl::Duration kRecent = absl::Hours(24 * 92);

// What a learner and its judging take beside the dataset.
struct LearnerNeeds {
  double copies = 1;       // Of a training row's columns, 4 bytes each: of some at a time, where it is a part.
  double row_bytes = 0;    // A row, whatever its columns.
  bool is_shared = false;  // Ranks divide the training rows.
  double datasets = 1;     // That are in memory at once.
};

LearnerNeeds NeedsOf(const TrainingSpec& spec) {
  switch (spec.algorithm_case()) {
    case TrainingSpec::kKmeans: return {.copies = 0.25, .row_bytes = 36, .is_shared = true};
    case TrainingSpec::kLogisticRegression:
    case TrainingSpec::kValueRegression: return {.copies = 0.25, .row_bytes = 48, .is_shared = true};
    case TrainingSpec::kMultinomialRegression:
      return {.copies = 0.25,
              .row_bytes = 48 + 16.0 * spec.dataset().label().attribute().classes_size(),
              .is_shared = true};
    // Survival gathers its columns as doubles, in an array that grows.
    case TrainingSpec::kSurvival: return {.copies = 7, .row_bytes = 160};
    case TrainingSpec::kLifetimeValue: return {.copies = 1, .row_bytes = 256};
    case TrainingSpec::kRfm: return {.copies = 1, .row_bytes = 128};
    // The data of the day before the label's window, of the day, and of the window's end.
    case TrainingSpec::kValueSelection: return {.copies = 1, .row_bytes = 256, .datasets = 3};
    default: return {.copies = 2, .row_bytes = 256};
  }
}

double TrainingShare(const TrainingSpec& spec) {
  const bool is_split = spec.split().rule_case() != model::v1::Split::RULE_NOT_SET;
  const bool is_hashed = is_split ? spec.split().has_hash() : NeedsOf(spec).is_shared;  // See EffectiveSplit.
  if (!is_hashed) return 1;
  const double share = spec.split().hash().train_share();
  return share > 0 ? share : 0.7;
}

double Labels(const TrainingSpec& spec) {
  return (spec.dataset().has_label() ? 1 : 0) + spec.dataset().auxiliary_labels_size();
}

}  // namespace

int64_t EstimateJobMemory(const TrainingSpec& spec, int64_t rows, const RankLayout& layout) {
  const LearnerNeeds needs = NeedsOf(spec);
  const auto n = static_cast<double>(rows);
  const double numbers = spec.dataset().features_size() + spec.dataset().auxiliary_features_size();
  const double dataset = n * (4 * numbers + 8 * Labels(spec) + kIdBytes) * needs.datasets;
  const double columns = kColumnsPerFeature * spec.dataset().features_size();
  const double learning = n * (TrainingShare(spec) * 4 * columns * needs.copies + needs.row_bytes);
  const double here = static_cast<double>(layout.ranks_here) / layout.ranks;
  const double gathered = needs.is_shared ? 0 : 1;  // All rows with the first rank, beside the parts.
  const double all = layout.ranks == 1 ? dataset + learning
                                       : dataset * (here + gathered) + learning * (needs.is_shared ? here : 1);
  const double mpi = layout.ranks == 1 ? 0 : kMpirun + kMpi * layout.ranks_here;
  return static_cast<int64_t>(kEmptyProcess * layout.ranks_here + mpi + kMargin * all);
}

int64_t LeastJobMemory(const TrainingSpec& spec, int64_t rows, const RankLayout& layout) {
  return static_cast<int64_t>(kLeastShare * static_cast<double>(EstimateJobMemory(spec, rows, layout)));
}

bool TakesAllCustomers(const v1::TrainingJob& job) {
  const common::v1::DatasetSpec& dataset = job.spec().dataset();
  if (!dataset.where().empty() || dataset.label().has_attribute()) return false;
  return !dataset.has_as_of() || FromProto(job.create_time()) - FromProto(dataset.as_of()) <= kRecent;
}

int ColumnsOf(const TrainingSpec& spec) {
  return spec.dataset().features_size() + spec.dataset().auxiliary_features_size() + static_cast<int>(Labels(spec));
}

}  // namespace clientele::training
