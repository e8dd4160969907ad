#include "services/training/learners/kmeans/assign.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/kmeans/assign.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

#include "services/training/learners/kmeans/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

using Ints = hn::RebindToSigned<Floats>;
// Sums of the tile that fit the registers: there are 32 from AVX-512 on, 16 before.
constexpr int kCentroidsAtOnce = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
// Rows between two looks at what changed: few enough to be in the first cache still.
constexpr int kBlockRows = 128;

// Asks for the cache lines of floats [first, last).
HWY_INLINE void Prefetch(const float* values, int64_t first, int64_t last) {
  constexpr int64_t kLineFloats = kCacheLineBytes / sizeof(float);
  for (int64_t i = first; i < last; i += kLineFloats) hwy::Prefetch(values + i);
}

struct Best {
  hn::Vec<Floats> score[2];
  hn::Vec<Ints> index[2];
};

// Lets centroids [first, first + kCentroidsAtOnce) compete for the tile's rows.
HWY_NOINLINE void Compete(const float* HWY_RESTRICT tile, const float* HWY_RESTRICT pack,
                          const float* HWY_RESTRICT starts, int d, int first, Best& best) {
  const Floats tag;
  const Ints ints;
  hn::Vec<Floats> scores[kCentroidsAtOnce][2];
#pragma GCC unroll 8
  for (int c = 0; c < kCentroidsAtOnce; ++c) scores[c][0] = scores[c][1] = hn::Set(tag, starts[c]);
  for (int j = 0; j < d; ++j, tile += kTileRows, pack += PackedCentroids::kWidth) {
    const auto x0 = hn::Load(tag, tile), x1 = hn::Load(tag, tile + kLanes);
#pragma GCC unroll 8
    for (int c = 0; c < kCentroidsAtOnce; ++c) {
      const auto value = hn::Set(tag, pack[c]);
      scores[c][0] = hn::MulAdd(x0, value, scores[c][0]);
      scores[c][1] = hn::MulAdd(x1, value, scores[c][1]);
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < kCentroidsAtOnce; ++c) {
    const auto index = hn::Set(ints, first + c);
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const auto better = hn::Gt(scores[c][half], best.score[half]);
      best.score[half] = hn::Max(scores[c][half], best.score[half]);
      best.index[half] = hn::IfThenElse(hn::RebindMask(ints, better), index, best.index[half]);
    }
  }
}

// nearest[r] for the kTileRows rows of a tile [d x kTileRows]. Meanwhile asks for the next tile's `next_floats` floats.
HWY_INLINE void FindNearest(const float* tile, int d, const PackedCentroids& centroids, const float* next,
                            int64_t next_floats, uint16_t* nearest) {
  const Floats tag;
  const Ints ints;
  const hn::Rebind<uint16_t, Floats> shorts;
  Best best;
  for (int half = 0; half < 2; ++half) {
    best.score[half] = hn::Set(tag, -std::numeric_limits<float>::infinity());
    best.index[half] = hn::Zero(ints);
  }
  constexpr int kWidth = PackedCentroids::kWidth;
  for (int p = 0; p < centroids.packs; ++p) {
    Prefetch(next, next_floats * p / centroids.packs, next_floats * (p + 1) / centroids.packs);
    const float* pack = centroids.values.data() + int64_t{p} * d * kWidth;
    for (int c = 0; c < kWidth; c += kCentroidsAtOnce) {
      Compete(tile, pack + c, centroids.starts.data() + p * kWidth + c, d, p * kWidth + c, best);
    }
  }
  hn::StoreU(hn::DemoteTo(shorts, best.index[0]), shorts, nearest);
  hn::StoreU(hn::DemoteTo(shorts, best.index[1]), shorts, nearest + kLanes);
}

// to[j] += w (x_j - shift_j) and from[j] -= the same, in the frame's units. `from` may be null.
HWY_INLINE void MoveRow(const float* HWY_RESTRICT row, double weight, const RowFrame& frame, int64_t* to,
                        int64_t* from) {
  const hn::ScalableTag<double> doubles;
  const hn::RebindToSigned<decltype(doubles)> ints;
  const hn::Rebind<float, decltype(doubles)> floats;
  const int lanes = static_cast<int>(hn::Lanes(doubles));
  const int d = static_cast<int>(frame.shift.size());
  const float* HWY_RESTRICT shift = frame.shift.data();
  const double* HWY_RESTRICT scale = frame.scale.data();
  // A double of this size has its integer part in its lowest bits.
  const auto magic = hn::Set(doubles, RowFrame::kMagic);
  const auto magic_bits = hn::BitCast(ints, magic);
  const auto weights = hn::Set(doubles, weight);
  int j = 0;
  for (; j + lanes <= d; j += lanes) {
    const auto x = hn::Sub(hn::PromoteTo(doubles, hn::LoadU(floats, row + j)),
                           hn::PromoteTo(doubles, hn::LoadU(floats, shift + j)));
    const auto scaled = hn::Mul(hn::Mul(x, weights), hn::LoadU(doubles, scale + j));
    const auto units = hn::Sub(hn::BitCast(ints, hn::Add(scaled, magic)), magic_bits);
    hn::StoreU(hn::Add(hn::LoadU(ints, to + j), units), ints, to + j);
    if (from != nullptr) hn::StoreU(hn::Sub(hn::LoadU(ints, from + j), units), ints, from + j);
  }
  for (; j < d; ++j) {
    const int64_t units = frame.ToUnits(row[j], weight, j);
    to[j] += units;
    if (from != nullptr) from[j] -= units;
  }
}

// Calls visit(i) for every i in [0, count) where the two differ: they are few, and no branch can guess which.
template <class Visit>
HWY_INLINE void ForDifferent(const uint16_t* a, const uint16_t* b, int count, Visit visit) {
  const hn::ScalableTag<uint16_t> tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  int i = 0;
  for (; i + lanes <= count; i += lanes) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(tag, hn::Ne(hn::LoadU(tag, a + i), hn::LoadU(tag, b + i)), bytes);
    uint64_t bits;
    for (std::memcpy(&bits, bytes, sizeof(bits)); bits != 0; bits &= bits - 1) visit(i + std::countr_zero(bits));
  }
  for (; i < count; ++i) {
    if (a[i] != b[i]) visit(i);
  }
}

// Moves the rows of a block whose label is not their nearest centroid. Returns how many they are.
HWY_NOINLINE int64_t MoveRows(const float* rows, int count, const double* weights, const RowFrame& frame,
                              uint16_t* labels, const uint16_t* nearest, const ClusterSums& sums) {
  const int64_t d = static_cast<int64_t>(frame.shift.size());
  int64_t moved = 0;
  ForDifferent(labels, nearest, count, [&](int i) HWY_ATTR {
    const uint16_t from = labels[i], to = nearest[i];
    const double weight = weights == nullptr ? 1.0 : weights[i];
    const int64_t weight_units = frame.WeightToUnits(weight);
    MoveRow(rows + i * d, weight, frame, sums.values + to * d, from == kUnassigned ? nullptr : sums.values + from * d);
    sums.weights[to] += weight_units;
    ++sums.counts[to];
    if (from != kUnassigned) {
      sums.weights[from] -= weight_units;
      --sums.counts[from];
    }
    ++moved;
  });
  std::copy(nearest, nearest + count, labels);
  return moved;
}

// Calls visit(first row, rows, nearest) for every block of the rows.
template <class Visit>
HWY_INLINE void ForEachBlock(const float* rows, int64_t n, const PackedCentroids& centroids, const RowFrame& frame,
                             Visit visit) {
  const int d = static_cast<int>(frame.shift.size());
  AlignedVector<float> tile(static_cast<size_t>(d) * kTileRows);
  uint16_t nearest[kBlockRows];
  for (int64_t first = 0; first < n; first += kBlockRows) {
    const int count = static_cast<int>(std::min<int64_t>(kBlockRows, n - first));
    for (int r = 0; r < count; r += kTileRows) {
      TurnRows(rows + (first + r) * d, count - r, d, frame.shift.data(), tile.data());
      const int64_t next = std::min(first + r + kTileRows, n);
      FindNearest(tile.data(), d, centroids, rows + next * d, std::min<int64_t>(n - next, kTileRows) * d, nearest + r);
    }
    visit(first, count, nearest);
  }
}

int64_t AssignRowsTo(const float* rows, int64_t n, const double* weights, const PackedCentroids& centroids,
                     const RowFrame& frame, uint16_t* labels, const ClusterSums& sums) {
  const int64_t d = static_cast<int64_t>(frame.shift.size());
  int64_t moved = 0;
  ForEachBlock(rows, n, centroids, frame, [&](int64_t first, int count, const uint16_t* nearest) {
    const double* block_weights = weights == nullptr ? nullptr : weights + first;
    moved += MoveRows(rows + first * d, count, block_weights, frame, labels + first, nearest, sums);
  });
  return moved;
}

void LabelRowsTo(const float* rows, int64_t n, const PackedCentroids& centroids, const RowFrame& frame,
                 uint16_t* labels) {
  ForEachBlock(rows, n, centroids, frame, [&](int64_t first, int count, const uint16_t* nearest) {
    std::copy(nearest, nearest + count, labels + first);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(AssignRowsTo);
HWY_EXPORT(LabelRowsTo);

PackedCentroids::PackedCentroids(absl::Span<const double> centroids, int k, const RowFrame& frame)
    : packs((k + kWidth - 1) / kWidth) {
  const int d = static_cast<int>(frame.shift.size());
  values.assign(static_cast<size_t>(packs) * d * kWidth, 0.0f);
  starts.assign(static_cast<size_t>(packs) * kWidth, -std::numeric_limits<float>::infinity());
  for (int c = 0; c < k; ++c) {
    float* pack = values.data() + static_cast<size_t>(c / kWidth) * d * kWidth + c % kWidth;
    double squares = 0;
    for (int j = 0; j < d; ++j) {
      const float value = static_cast<float>(centroids[static_cast<size_t>(c) * d + j] - frame.shift[j]);
      pack[static_cast<size_t>(j) * kWidth] = value;
      squares += double{value} * double{value};
    }
    starts[c] = static_cast<float>(-squares / 2);
  }
}

int64_t AssignRows(const float* rows, int64_t n, const double* weights, const PackedCentroids& centroids,
                   const RowFrame& frame, uint16_t* labels, const ClusterSums& sums) {
  return HWY_DYNAMIC_DISPATCH(AssignRowsTo)(rows, n, weights, centroids, frame, labels, sums);
}

void LabelRows(const float* rows, int64_t n, const PackedCentroids& centroids, const RowFrame& frame,
               uint16_t* labels) {
  HWY_DYNAMIC_DISPATCH(LabelRowsTo)(rows, n, centroids, frame, labels);
}

}  // namespace clientele::training
#endif  // HWY_ONCE
