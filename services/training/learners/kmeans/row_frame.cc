#include "services/training/learners/kmeans/row_frame.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/kmeans/row_moments.h"
#include "services/training/learners/kmeans/sample.h"
#include "services/training/learners/row_reader.h"
#include "services/training/learners/unfit_values.h"

namespace clientele::training {
namespace {

constexpr int kShiftSample = 1000;
constexpr int kMostBits = 50;            // Of a row's integer: see RowFrame::kMagic.
constexpr double kLargestSquare = 1e36;  // Of a distance: far enough inside float32.

// What a shard says of its rows: for each column sum, squares and largest, then rows, weight, largest weight, and values
// that nothing can be learnt from.
struct ShardMoments {
  ShardMoments(absl::Span<double> values, int d)
      : sums(values.data()),
        squares(sums + d),
        largest(squares + d),
        rows(largest[d]),
        weight(largest[d + 1]),
        largest_weight(largest[d + 2]),
        unfit(largest[d + 3]) {}
  static int64_t Width(int d) { return 3 * int64_t{d} + 4; }

  // `weights` [n], or null: all 1.
  void AddRows(const float* values, int64_t n, const double* weights, const AlignedVector<float>& shift) {
    const int d = static_cast<int>(shift.size());
    unfit += static_cast<double>(CountUnfit(values, n * d));
    AddMoments(values, n, d, weights, shift.data(), {sums, squares, largest});
    rows += static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i) {
      const double w = weights == nullptr ? 1.0 : weights[i];
      weight += w;
      largest_weight = std::max(largest_weight, w);
    }
  }
  void Merge(const ShardMoments& other, int d) {
    for (int j = 0; j < d; ++j) {
      sums[j] += other.sums[j];
      squares[j] += other.squares[j];
      largest[j] = std::max(largest[j], other.largest[j]);
    }
    rows += other.rows;
    weight += other.weight;
    largest_weight = std::max(largest_weight, other.largest_weight);
    unfit += other.unfit;
  }

  double* sums;
  double* squares;
  double* largest;
  double& rows;
  double& weight;
  double& largest_weight;
  double& unfit;
};

// The power of two that leaves room for `rows` numbers up to `largest`.
double ScaleFor(double largest, double rows) {
  if (largest == 0) return 1;
  const int bits = std::min(kMostBits, 61 - static_cast<int>(std::ceil(std::log2(rows))));
  return std::ldexp(1.0, bits - 1 - std::ilogb(largest));
}

absl::StatusOr<AlignedVector<float>> NearMean(const ShardSums& sums) {
  const int d = sums.matrix().columns;
  CLIENTELE_ASSIGN_OR_RETURN(const RowSample sample, SampleRows(sums, kShiftSample));
  std::vector<double> totals(d, 0.0);
  for (size_t at = 0; at < sample.values.size(); ++at) totals[at % d] += sample.values[at];
  AlignedVector<float> shift(d);
  const double rows = std::max(1.0, static_cast<double>(sample.values.size() / d));
  for (int j = 0; j < d; ++j) shift[j] = static_cast<float>(totals[j] / rows);
  return shift;
}

}  // namespace

std::vector<double> RowFrame::Deviations() const {
  std::vector<double> deviations(means.size());
  for (size_t j = 0; j < means.size(); ++j) {
    const double offset = means[j] - shift[j];
    deviations[j] = std::sqrt(std::max(0.0, squares[j] / weight - offset * offset));
    // What rounding of the mean leaves of a constant column is no deviation.
    if (deviations[j] <= 1e-12 * std::abs(means[j])) deviations[j] = 0;
  }
  return deviations;
}

double RowFrame::InertiaAround(absl::Span<const double> centre) const {
  double inertia = 0;
  for (size_t j = 0; j < means.size(); ++j) {
    const double offset = centre[j] - shift[j];
    inertia += squares[j] + weight * offset * (offset - 2 * (means[j] - shift[j]));
  }
  return std::max(inertia, 0.0);
}

absl::StatusOr<RowFrame> MakeRowFrame(const ShardSums& sums) {
  const TrainingMatrix& matrix = sums.matrix();
  const int d = matrix.columns;
  RowFrame frame;
  CLIENTELE_ASSIGN_OR_RETURN(frame.shift, NearMean(sums));
  const int64_t width = ShardMoments::Width(d);
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> shards, sums.Gather(width, [&](int s, absl::Span<double> result) {
    ShardMoments moments(result, d);
    const auto& weights = matrix.shards[s].weights;
    RowReader(matrix).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
      moments.AddRows(rows, n, weights.empty() ? nullptr : weights.data() + first, frame.shift);
    });
  }));
  ShardMoments all(absl::MakeSpan(shards).first(width), d);
  for (int s = 1; s < kShardCount; ++s) {
    all.Merge(ShardMoments(absl::MakeSpan(shards).subspan(s * width, width), d), d);
  }
  CLIENTELE_RETURN_IF_ERROR(UnfitValues(all.unfit));
  frame.rows = static_cast<int64_t>(all.rows);
  frame.weight = all.weight;
  frame.weight_scale = ScaleFor(all.largest_weight, all.rows);
  frame.squares.assign(all.squares, all.squares + d);
  double square = 0;
  for (int j = 0; j < d; ++j) {
    frame.scale.push_back(ScaleFor(all.largest[j], all.rows));
    const double offset = all.weight == 0 ? 0 : all.sums[j] / all.weight;
    frame.means.push_back(frame.shift[j] + offset);
    square += 4 * all.largest[j] * all.largest[j];
  }
  if (all.largest_weight > 0 && square > kLargestSquare * all.largest_weight * all.largest_weight) {
    return absl::InvalidArgumentError(absl::StrCat("the rows lie up to ", std::sqrt(square) / all.largest_weight,
                                                   " apart, too far to measure; scale or winsorise the features"));
  }
  return frame;
}

}  // namespace clientele::training
