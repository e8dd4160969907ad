#include "services/training/learners/kmeans/distances.h"

#include <algorithm>
#include <vector>

#include "common/base/aligned_vector.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/kmeans/distances.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

#include "services/training/learners/kmeans/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

using Doubles = hn::ScalableTag<double>;

// The distances of a tile's rows to one centroid.
HWY_INLINE void TileDistances(const float* tile, int d, const float* centroid, hn::Vec<Floats> (&distances)[2]) {
  const Floats tag;
  distances[0] = distances[1] = hn::Zero(tag);
  for (int j = 0; j < d; ++j, tile += kTileRows) {
    const auto value = hn::Set(tag, centroid[j]);
    const auto x0 = hn::Sub(hn::Load(tag, tile), value), x1 = hn::Sub(hn::Load(tag, tile + kLanes), value);
    distances[0] = hn::MulAdd(x0, x0, distances[0]);
    distances[1] = hn::MulAdd(x1, x1, distances[1]);
  }
}

// The sum of weights[r] values[r] over a tile's rows.
HWY_INLINE double WeightedSum(const float* values, const double* weights) {
  const Doubles tag;
  const hn::Rebind<float, Doubles> floats;
  auto sum = hn::Zero(tag);
  for (int r = 0; r < kTileRows; r += static_cast<int>(hn::Lanes(tag))) {
    sum = hn::MulAdd(hn::PromoteTo(tag, hn::LoadU(floats, values + r)), hn::LoadU(tag, weights + r), sum);
  }
  return hn::GetLane(hn::SumOfLanes(tag, sum));
}

// Calls visit(tile, weights, first row, rows) for every tile of the rows; the lanes beyond the rows have no weight.
template <class Visit>
HWY_INLINE void ForEachTile(const float* rows, int64_t n, int d, const double* weights, Visit visit) {
  const std::vector<float> no_shift(d, 0.0f);
  AlignedVector<float> tile(static_cast<size_t>(d) * kTileRows);
  double tile_weights[kTileRows];
  for (int64_t first = 0; first < n; first += kTileRows) {
    const int count = static_cast<int>(std::min<int64_t>(kTileRows, n - first));
    TurnRows(rows + first * d, count, d, no_shift.data(), tile.data());
    for (int r = 0; r < kTileRows; ++r) {
      tile_weights[r] = r >= count ? 0.0 : weights == nullptr ? 1.0 : weights[first + r];
    }
    visit(tile.data(), tile_weights, first, count);
  }
}

// lowered[r] = min(nearest[r], distance to the centroid).
HWY_INLINE void LowerTile(const float* tile, int d, const float* centroid, const float* nearest, float* lowered) {
  const Floats tag;
  hn::Vec<Floats> distances[2];
  TileDistances(tile, d, centroid, distances);
  hn::Store(hn::Min(distances[0], hn::Load(tag, nearest)), tag, lowered);
  hn::Store(hn::Min(distances[1], hn::Load(tag, nearest + kLanes)), tag, lowered + kLanes);
}

void LowerNearestTo(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                    float* nearest, double& total) {
  double sum = total;
  HWY_ALIGN float lowered[kTileRows] = {};
  ForEachTile(rows, n, d, weights, [&](const float* tile, const double* tile_weights, int64_t first, int count) {
    std::copy(nearest + first, nearest + first + count, lowered);
    for (size_t at = 0; at < candidates.size(); at += d) LowerTile(tile, d, candidates.data() + at, lowered, lowered);
    std::copy(lowered, lowered + count, nearest + first);
    sum += WeightedSum(lowered, tile_weights);
  });
  total = sum;
}

void AddPotentialsTo(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                     const float* nearest, double* potentials, absl::Span<float* const> lowered) {
  HWY_ALIGN float before[kTileRows] = {};
  HWY_ALIGN float after[kTileRows];
  ForEachTile(rows, n, d, weights, [&](const float* tile, const double* tile_weights, int64_t first, int count) {
    std::copy(nearest + first, nearest + first + count, before);
    for (size_t at = 0; at < candidates.size(); at += d) {
      LowerTile(tile, d, candidates.data() + at, before, after);
      potentials[at / d] += WeightedSum(after, tile_weights);
      std::copy(after, after + count, lowered[at / d] + first);
    }
  });
}

void SquaredDistancesTo(const float* rows, int64_t n, int d, const double* centroids, const uint16_t* labels,
                        double* squares) {
  const Doubles tag;
  const hn::Rebind<float, Doubles> floats;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  for (int64_t i = 0; i < n; ++i, rows += d) {
    const double* centroid = centroids + int64_t{labels[i]} * d;
    auto sums = hn::Zero(tag);
    int j = 0;
    for (; j + lanes <= d; j += lanes) {
      const auto difference = hn::Sub(hn::PromoteTo(tag, hn::LoadU(floats, rows + j)), hn::LoadU(tag, centroid + j));
      sums = hn::MulAdd(difference, difference, sums);
    }
    double square = hn::GetLane(hn::SumOfLanes(tag, sums));
    for (; j < d; ++j) square += (rows[j] - centroid[j]) * (rows[j] - centroid[j]);
    squares[i] = square;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(LowerNearestTo);
HWY_EXPORT(AddPotentialsTo);
HWY_EXPORT(SquaredDistancesTo);

void LowerNearest(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                  float* nearest, double& total) {
  HWY_DYNAMIC_DISPATCH(LowerNearestTo)(rows, n, d, weights, candidates, nearest, total);
}

void AddPotentials(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                   const float* nearest, double* potentials, absl::Span<float* const> lowered) {
  HWY_DYNAMIC_DISPATCH(AddPotentialsTo)(rows, n, d, weights, candidates, nearest, potentials, lowered);
}

void SquaredDistances(const float* rows, int64_t n, int d, const double* centroids, const uint16_t* labels,
                      double* squares) {
  HWY_DYNAMIC_DISPATCH(SquaredDistancesTo)(rows, n, d, centroids, labels, squares);
}

}  // namespace clientele::training
#endif  // HWY_ONCE
