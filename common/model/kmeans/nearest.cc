#include "common/model/kmeans/nearest.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "common/model/sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/model/kmeans/nearest.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

#include "common/model/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

using Doubles = hn::ScalableTag<double>;
using Floats = hn::CappedTag<float, NearestCentroids::kWidth>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(Floats()));
// Rows times two vectors of sums that fit the registers: there are 32 from AVX-512 on, 16 before.
inline constexpr int kRowsTogether = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
static_assert(kRowsTogether <= NearestCentroids::kMostRowsTogether);

using Table = NearestCentroids::Table;

// `shifted` [d] = row - s in float32. Returns |row - s|^2.
HWY_INLINE double ShiftRow(const double* row, const Table& table, float* shifted) {
  const Doubles tag;
  const hn::Rebind<float, Doubles> floats;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  auto squares = hn::Zero(tag);
  int j = 0;
  for (; j + lanes <= table.d; j += lanes) {
    const auto difference = hn::Sub(hn::LoadU(tag, row + j), hn::LoadU(tag, table.shift + j));
    squares = hn::MulAdd(difference, difference, squares);
    hn::StoreU(hn::DemoteTo(floats, difference), floats, shifted + j);
  }
  double square = hn::GetLane(hn::SumOfLanes(tag, squares));
  constexpr double kMost = std::numeric_limits<float>::max();
  for (; j < table.d; ++j) {
    const double difference = row[j] - table.shift[j];
    square += difference * difference;
    shifted[j] = static_cast<float>(std::clamp(difference, -kMost, kMost));
  }
  return square;
}

// h of kRows rows and kVectors vectors of centroids from `first` on; `scores` has `stride` floats a row.
template <int kRows, int kVectors>
HWY_NOINLINE void Compete(const float* HWY_RESTRICT shifted, const Table& table, int first, float* HWY_RESTRICT scores,
                        size_t stride) {
  constexpr int kWidth = NearestCentroids::kWidth;
  const Floats tag;
  const size_t d = table.d;
  hn::Vec<Floats> sums[kRows][kVectors];
  const float* from[kVectors];
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    const int cluster = first + v * kLanes;
    from[v] = table.packs + cluster / kWidth * d * kWidth + cluster % kWidth;
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sums[r][v] = hn::LoadU(tag, table.starts + cluster);
  }
  for (size_t j = 0; j < d; ++j) {
    hn::Vec<Floats> centroid[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) centroid[v] = hn::LoadU(tag, from[v] + j * kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const auto x = hn::Set(tag, shifted[r * d + j]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::NegMulAdd(x, centroid[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[r][v], tag, scores + r * stride + first + v * kLanes);
  }
}

template <int kRows>
HWY_INLINE void ScoreRows(const float* shifted, const Table& table, float* scores, int stride) {
  int first = 0;
  for (; first + 2 * kLanes <= stride && first + kLanes < table.k; first += 2 * kLanes) {
    Compete<kRows, 2>(shifted, table, first, scores, stride);
  }
  if (first < table.k) Compete<kRows, 1>(shifted, table, first, scores, stride);
}

// The squared distance to one centroid in float64, as a search through all of them takes it.
HWY_INLINE double SquareOf(const double* row, const Table& table, int cluster) {
  const size_t d = table.d;
  const double* const centroid = table.centroids + cluster * d;
  if (table.four_sums) return SquaredDistance(row, centroid, d);
  double square = 0;
  for (size_t j = 0; j < d; ++j) square += (row[j] - centroid[j]) * (row[j] - centroid[j]);
  return square;
}

// Without the C library's look at negative numbers.
HWY_INLINE double Root(double square) {
  const hn::CappedTag<double, 1> tag;
  return hn::GetLane(hn::Sqrt(hn::Set(tag, square)));
}

// Of two, a < b: without branches, for which is nearer is anyone's guess.
HWY_INLINE Nearest NearestOfTwo(const double* row, const Table& table, int a, int b) {
  const size_t d = table.d;
  double squares[2];
  if (table.four_sums) {
    const auto square = [](auto x, auto y) HWY_ATTR {
      const auto difference = hn::Sub(x, y);
      return hn::Mul(difference, difference);
    };
    PartialSums<2>(table.centroids + a * d, (b - a) * d, row, 0, d, square, squares);
  } else {
    squares[0] = SquareOf(row, table, a);
    squares[1] = SquareOf(row, table, b);
  }
  const int b_is_nearer = squares[1] < squares[0];
  return {a + (b - a) * b_is_nearer, Root(std::min(squares[0], squares[1])), Root(std::max(squares[0], squares[1]))};
}

// Of all whose score is not above the threshold.
HWY_INLINE Nearest NearestOfMany(const double* row, const Table& table, const float* scores, float threshold) {
  int nearest = 0;
  double smallest = std::numeric_limits<double>::infinity(), second = smallest;
  for (int c = 0; c < table.k; ++c) {
    if (scores[c] > threshold) continue;
    const double square = SquareOf(row, table, c);
    nearest = square < smallest ? c : nearest;
    second = std::min(second, std::max(square, smallest));
    smallest = std::min(smallest, square);
  }
  return {nearest, Root(smallest), Root(second)};
}

// The largest h that the nearest or the runner-up can have; infinite: all can.
HWY_INLINE float Threshold(const float* scores, int count, double row_square, const Table& table) {
  const Floats tag;
  const auto infinity = hn::Set(tag, std::numeric_limits<float>::infinity());
  auto smallest = infinity, second = infinity;  // Of each lane.
  for (int c = 0; c < count; c += kLanes) {
    const auto score = hn::LoadU(tag, scores + c);
    second = hn::Min(second, hn::Max(smallest, score));
    smallest = hn::Min(smallest, score);
  }
  const auto best = hn::MinOfLanes(tag, smallest);
  // Of the lane of the smallest its second counts, of the others their smallest. (Should several have it: then so much
  // the larger.)
  const float runner_up = hn::GetLane(hn::MinOfLanes(tag, hn::IfThenElse(hn::Eq(smallest, best), second, smallest)));
  const double size = table.largest_square + row_square / 2;
  // Below it neither h nor a sum on the way to it leaves float32's range.
  constexpr double kLargestSize = 1e37;
  if (!(size < kLargestSize)) return std::numeric_limits<float>::infinity();
  return runner_up + static_cast<float>(2 * (table.relative_error * size + table.absolute_error));
}

// Bit i: scores[i] <= limit; of up to 64.
HWY_INLINE uint64_t AtMost(float limit, const float* scores, int count) {
  const Floats tag;
  const auto limits = hn::Set(tag, limit);
  uint64_t bits = 0;
  for (int i = 0; i < count; i += kLanes) {
    uint64_t some = 0;
    hn::StoreMaskBits(tag, hn::Le(hn::LoadU(tag, scores + i), limits), reinterpret_cast<uint8_t*>(&some));
    bits |= some << i;
  }
  return bits;
}

// The centroids that can be meant: the first two, in rising order, and how many there are (from 3 on: or more).
struct Candidates {
  float threshold;
  int count;
  int first, second;
};

HWY_INLINE void FindCandidates(const float* scores, int k, double row_square, const Table& table,
                               Candidates& candidates) {
  candidates.threshold = Threshold(scores, k, row_square, table);
  candidates.count = 0;
  // Where all can be meant they are not counted.
  if (!(candidates.threshold < std::numeric_limits<float>::infinity())) return;
  for (int from = 0; from < k && candidates.count <= 2; from += 64) {
    uint64_t bits = AtMost(candidates.threshold, scores + from, std::min(k - from, 64));
    for (; bits != 0 && candidates.count <= 2; bits &= bits - 1) {
      candidates.first = candidates.count == 0 ? from + std::countr_zero(bits) : candidates.first;
      candidates.second = from + std::countr_zero(bits);
      ++candidates.count;
    }
  }
}

template <int kRows>
HWY_INLINE void FindRows(const double* rows, const Table& table, float* memory, Nearest* nearest) {
  const size_t d = table.d;
  const int stride = hwy::RoundUpTo(table.k, NearestCentroids::kWidth);
  float* const scores = memory;                    // [kRows x stride]
  float* const shifted = memory + kRows * stride;  // [kRows x d]
  double squares[kRows];
  for (int r = 0; r < kRows; ++r) squares[r] = ShiftRow(rows + r * d, table, shifted + r * d);
  ScoreRows<kRows>(shifted, table, scores, stride);
  // Step by step for all rows: what is done for one hides the waiting of another.
  Candidates candidates[kRows];
  for (int r = 0; r < kRows; ++r) FindCandidates(scores + r * stride, table.k, squares[r], table, candidates[r]);
  for (int r = 0; r < kRows; ++r) {
    const double* const row = rows + r * d;
    nearest[r] = candidates[r].count == 2
                     ? NearestOfTwo(row, table, candidates[r].first, candidates[r].second)
                     : NearestOfMany(row, table, scores + r * stride, candidates[r].threshold);
  }
}

void FindNearest(const double* rows, size_t n, const Table& table, float* memory, Nearest* nearest) {
  size_t r = 0;
  for (; r + kRowsTogether <= n; r += kRowsTogether) {
    FindRows<kRowsTogether>(rows + r * table.d, table, memory, nearest + r);
  }
  for (; r < n; ++r) FindRows<1>(rows + r * table.d, table, memory, nearest + r);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {
namespace {

HWY_EXPORT(FindNearest);

}  // namespace

NearestCentroids::NearestCentroids(absl::Span<const double> centroids, int k, Order order)
    : k_(k), d_(static_cast<int>(centroids.size()) / k), order_(order), centroids_(centroids.begin(), centroids.end()) {
  const size_t packs = (k_ + kWidth - 1) / kWidth, d = d_;
  shift_.assign(d, 0);
  for (size_t i = 0; i < centroids_.size(); ++i) shift_[i % d] += centroids_[i] / k_;
  packs_.assign(packs * d * kWidth, 0);
  starts_.assign(packs * kWidth, std::numeric_limits<float>::infinity());
  constexpr double kMost = std::numeric_limits<float>::max();
  for (int c = 0; c < k_; ++c) {
    double square = 0;
    for (size_t j = 0; j < d; ++j) {
      const double g = centroid(c)[j] - shift_[j];
      square += g * g;
      packs_[(c / kWidth * d + j) * kWidth + c % kWidth] = static_cast<float>(std::clamp(g, -kMost, kMost));
    }
    starts_[c] = static_cast<float>(std::min(square / 2, kMost));
    largest_square_ = std::max(largest_square_, square);
  }
}

void NearestCentroids::Find(const double* rows, Workspace& workspace, absl::Span<Nearest> nearest) const {
  Table table;
  table.k = k_;
  table.d = d_;
  table.four_sums = order_ == Order::kFourSums;
  table.centroids = centroids_.data();
  table.shift = shift_.data();
  table.packs = packs_.data();
  table.starts = starts_.data();
  table.largest_square = largest_square_;
  table.relative_error = 1.01 * (d_ + 8) * 0x1p-24;
  table.absolute_error = (d_ + 8) * 0x1p-140;
  // Up to so many columns the bound's second-order terms stay below the 1 % they are given.
  constexpr int kMostColumns = 1 << 14;
  if (d_ > kMostColumns) table.largest_square = std::numeric_limits<double>::infinity();
  float* memory = Workspace::Room(workspace.tile, kMostRowsTogether * (starts_.size() + d_));
  HWY_DYNAMIC_DISPATCH(FindNearest)(rows, nearest.size(), table, memory, nearest.data());
}

}  // namespace clientele::model
#endif  // HWY_ONCE
