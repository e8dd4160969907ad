#include "services/training/learners/linear/kernels.h"

#include <algorithm>
#include <cstdint>

#include "common/base/aligned_vector.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/linear/kernels.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using HalfFloats = hn::Rebind<float, Doubles>;  // As many floats as a vector has doubles.

HWY_INLINE hn::Vec<Doubles> LoadPromoted(const float* from) {
  return hn::PromoteTo(Doubles(), hn::LoadU(HalfFloats(), from));
}

// A pass over the rows asks for what it reads next half a tile ahead, for the processor's own guesses end with each
// page: dot products for the other half of their tile, then scaled rows, a line each, for the first half of the next.
// The first cache holds both.
HWY_INLINE void Prefetch(const float* values, int64_t count) {
  constexpr int64_t kLine = kCacheLineBytes / sizeof(float);
  for (int64_t i = 0; i < count; i += kLine) hwy::Prefetch(values + i);
}

double Sum(const double* values, int count) {
  const Doubles tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  auto s0 = hn::Zero(tag), s1 = s0;
  int r = 0;
  for (; r + 2 * lanes <= count; r += 2 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(tag, values + r));
    s1 = hn::Add(s1, hn::LoadU(tag, values + r + lanes));
  }
  double sum = hn::GetLane(hn::SumOfLanes(tag, hn::Add(s0, s1)));
  for (; r < count; ++r) sum += values[r];
  return sum;
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void SumLanesOfEach(hn::Vec<Doubles> s0, hn::Vec<Doubles> s1, hn::Vec<Doubles> s2, hn::Vec<Doubles> s3,
                               double* sums) {
  const double lanes[4] = {hn::GetLane(s0), hn::GetLane(s1), hn::GetLane(s2), hn::GetLane(s3)};
  std::copy(lanes, lanes + 4, sums);
}
#else
// Adds the pairs of lanes of v up to one pair.
template <typename Tag>
HWY_INLINE void SumPairs(Tag tag, hn::Vec<Tag> pairs, double* sums) {
  if constexpr (hn::MaxLanes(tag) <= 2) {
    hn::StoreU(pairs, tag, sums);
  } else {
    const hn::Half<Tag> half;
    SumPairs(half, hn::Add(hn::LowerHalf(half, pairs), hn::UpperHalf(half, pairs)), sums);
  }
}

// sums[i] = the sum of the lanes of si.
HWY_INLINE void SumLanesOfEach(hn::Vec<Doubles> s0, hn::Vec<Doubles> s1, hn::Vec<Doubles> s2, hn::Vec<Doubles> s3,
                               double* sums) {
  const Doubles tag;
  SumPairs(tag, hn::Add(hn::InterleaveLower(tag, s0, s1), hn::InterleaveUpper(tag, s0, s1)), sums);
  SumPairs(tag, hn::Add(hn::InterleaveLower(tag, s2, s3), hn::InterleaveUpper(tag, s2, s3)), sums + 2);
}
#endif

// Four rows at once, so that the processor has independent sums to work on.
void AddDotProducts(const float* values, int rows, int p, const double* coefficients, double* fits) {
  const Doubles tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  const int whole = p / lanes * lanes;
  int r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* x0 = values + static_cast<int64_t>(r) * p;
    const float *x1 = x0 + p, *x2 = x1 + p, *x3 = x2 + p;
    if (r < rows / 2) Prefetch(x0 + int64_t{rows} / 2 * p, 4 * p);
    auto s0 = hn::Zero(tag), s1 = s0, s2 = s0, s3 = s0;
    for (int j = 0; j < whole; j += lanes) {
      const auto b = hn::LoadU(tag, coefficients + j);
      s0 = hn::MulAdd(LoadPromoted(x0 + j), b, s0);
      s1 = hn::MulAdd(LoadPromoted(x1 + j), b, s1);
      s2 = hn::MulAdd(LoadPromoted(x2 + j), b, s2);
      s3 = hn::MulAdd(LoadPromoted(x3 + j), b, s3);
    }
    double sums[4];
    SumLanesOfEach(s0, s1, s2, s3, sums);
    for (int j = whole; j < p; ++j) {
      for (int i = 0; i < 4; ++i) sums[i] += coefficients[j] * x0[static_cast<int64_t>(i) * p + j];
    }
    for (int i = 0; i < 4; ++i) fits[r + i] += sums[i];
  }
  for (; r < rows; ++r) {
    const float* x = values + static_cast<int64_t>(r) * p;
    auto s = hn::Zero(tag);
    for (int j = 0; j < whole; j += lanes) s = hn::MulAdd(LoadPromoted(x + j), hn::LoadU(tag, coefficients + j), s);
    double sum = hn::GetLane(hn::SumOfLanes(tag, s));
    for (int j = whole; j < p; ++j) sum += coefficients[j] * x[j];
    fits[r] += sum;
  }
}

// Four vectors of columns stay in registers over all rows.
void AddScaledRows(const float* values, int rows, int p, const double* factors, double* sums) {
  const Doubles tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  const float* next = values + int64_t{rows} * p;
  int j = 0;
  for (; j + 4 * lanes <= p; j += 4 * lanes) {
    double* to = sums + j;
    auto s0 = hn::LoadU(tag, to), s1 = hn::LoadU(tag, to + lanes);
    auto s2 = hn::LoadU(tag, to + 2 * lanes), s3 = hn::LoadU(tag, to + 3 * lanes);
    const float* x = values + j;
    for (int r = 0; r < rows; ++r, x += p) {
      const auto factor = hn::Set(tag, factors[r]);
      if (j == 0) hwy::Prefetch(next + int64_t{r} * p / 2);
      s0 = hn::MulAdd(factor, LoadPromoted(x), s0);
      s1 = hn::MulAdd(factor, LoadPromoted(x + lanes), s1);
      s2 = hn::MulAdd(factor, LoadPromoted(x + 2 * lanes), s2);
      s3 = hn::MulAdd(factor, LoadPromoted(x + 3 * lanes), s3);
    }
    hn::StoreU(s0, tag, to);
    hn::StoreU(s1, tag, to + lanes);
    hn::StoreU(s2, tag, to + 2 * lanes);
    hn::StoreU(s3, tag, to + 3 * lanes);
  }
  for (; j + lanes <= p; j += lanes) {
    auto s = hn::LoadU(tag, sums + j);
    const float* x = values + j;
    for (int r = 0; r < rows; ++r, x += p) {
      if (j == 0) hwy::Prefetch(next + int64_t{r} * p / 2);
      s = hn::MulAdd(hn::Set(tag, factors[r]), LoadPromoted(x), s);
    }
    hn::StoreU(s, tag, sums + j);
  }
  for (; j < p; ++j) {
    for (int r = 0; r < rows; ++r) sums[j] += factors[r] * values[static_cast<int64_t>(r) * p + j];
  }
}

// to[l] += from's lane l.
HWY_INLINE void AddLanes(hn::Vec<Doubles> from, double* to) {
  hn::StoreU(hn::Add(hn::LoadU(Doubles(), to), from), Doubles(), to);
}
HWY_INLINE void AddLanes(hn::Vec<hn::ScalableTag<float>> from, double* to) {
  const hn::ScalableTag<float> tag;
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(from, tag, lanes);
  for (size_t l = 0; l < hn::Lanes(tag); l += hn::Lanes(Doubles())) AddLanes(LoadPromoted(lanes + l), to + l);
}

// As many sums as the registers hold beside the operands: 16 of 32, 8 of 16.
inline constexpr int kSums = HWY_TARGET <= HWY_AVX3 ? 16 : 8;

template <typename T>
inline constexpr int kLanesOf = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));

// A vector of columns with itself has every pair of columns in half as many products as it has lanes, each of the
// vector with itself turned round by one lane more: lane l of sum k is that of columns l and l + k, modulo the lanes.
template <typename T>
inline constexpr int kTurns = kLanesOf<T> / 2 + 1;

template <typename T>
HWY_INLINE hn::Vec<hn::ScalableTag<T>> Turned(hn::Vec<hn::ScalableTag<T>> v) {
  if constexpr (kLanesOf<T> == 1) {
    return v;
  } else {
    const hn::ScalableTag<T> tag;
    using Index = hn::TFromD<hn::RebindToSigned<decltype(tag)>>;
    HWY_ALIGN Index next[kLanesOf<T>];
    for (int l = 0; l < kLanesOf<T>; ++l) next[l] = static_cast<Index>((l + 1) % kLanesOf<T>);
    return hn::TableLookupLanes(v, hn::SetTableIndices(tag, next));
  }
}

// kVectors vectors of columns from j on, each with itself; and their weighted sums. Unrolled, as what follows is, or
// the sums would not stay in registers.
template <int kVectors, typename T>
HWY_INLINE void AddDiagonalTile(const WeightedTile<T>& tile, int j, double* HWY_RESTRICT gram,
                                double* HWY_RESTRICT totals) {
  const hn::ScalableTag<T> tag;
  using Vec = hn::Vec<decltype(tag)>;
  constexpr int lanes = kLanesOf<T>;
  Vec sums[kTurns<T>][kVectors], total[kVectors];
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    total[v] = hn::Zero(tag);
#pragma GCC unroll 9
    for (int k = 0; k < kTurns<T>; ++k) sums[k][v] = hn::Zero(tag);
  }
  const int rows = tile.rows, width = tile.width;
  const T* HWY_RESTRICT values = tile.values + j;
  const T* HWY_RESTRICT weights = tile.weights;
  const float* next = tile.next + j;
  for (int r = 0; r < rows; ++r, values += width, next += width) {
    const Vec weight = hn::Set(tag, weights[r]);
    Vec turned[kVectors], weighted[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      turned[v] = hn::Load(tag, values + v * lanes);
      weighted[v] = hn::Mul(weight, turned[v]);
      total[v] = hn::Add(total[v], weighted[v]);
      hwy::Prefetch(next + v * lanes);
    }
#pragma GCC unroll 9
    for (int k = 0; k < kTurns<T>; ++k) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        if (k > 0) turned[v] = Turned<T>(turned[v]);
        sums[k][v] = hn::MulAdd(turned[v], weighted[v], sums[k][v]);
      }
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    const int64_t at = j + v * lanes;
    AddLanes(total[v], totals + at);
#pragma GCC unroll 9
    for (int k = 0; k < kTurns<T>; ++k) AddLanes(sums[k][v], gram + (at + k) * width + at);
  }
}

// kRows columns from i on times kVectors vectors of columns from j on.
template <int kRows, int kVectors, typename T>
HWY_INLINE void AddGramTile(const WeightedTile<T>& tile, int i, int j, double* HWY_RESTRICT gram) {
  const hn::ScalableTag<T> tag;
  using Vec = hn::Vec<decltype(tag)>;
  constexpr int lanes = kLanesOf<T>;
  Vec sums[kRows][kVectors];
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
#pragma GCC unroll 16
    for (int a = 0; a < kRows; ++a) sums[a][v] = hn::Zero(tag);
  }
  const int rows = tile.rows, width = tile.width;
  const T* HWY_RESTRICT left = tile.values + i;
  const T* HWY_RESTRICT right = tile.values + j;
  const T* HWY_RESTRICT weights = tile.weights;
  for (int r = 0; r < rows; ++r, left += width, right += width) {
    const Vec weight = hn::Set(tag, weights[r]);
    Vec weighted[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) weighted[v] = hn::Mul(weight, hn::Load(tag, right + v * lanes));
#pragma GCC unroll 16
    for (int a = 0; a < kRows; ++a) {
      const Vec x = hn::Set(tag, left[a]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[a][v] = hn::MulAdd(x, weighted[v], sums[a][v]);
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
#pragma GCC unroll 16
    for (int a = 0; a < kRows; ++a) AddLanes(sums[a][v], gram + static_cast<int64_t>(i + a) * width + j + v * lanes);
  }
}

// The vector of columns from `first` on with all that come later.
template <typename T>
HWY_INLINE void AddGramRows(const WeightedTile<T>& tile, int first, double* gram) {
  constexpr int lanes = kLanesOf<T>;
  constexpr int kBesideTwo = std::min(lanes, kSums / 2), kBesideOne = std::min(lanes, kSums);
  int j = first + lanes;
  for (; j + 2 * lanes <= tile.width; j += 2 * lanes) {
    for (int i = first; i < first + lanes; i += kBesideTwo) AddGramTile<kBesideTwo, 2>(tile, i, j, gram);
  }
  if (j == tile.width) return;
  for (int i = first; i < first + lanes; i += kBesideOne) AddGramTile<kBesideOne, 1>(tile, i, j, gram);
}

template <typename T>
void AddGram(const WeightedTile<T>& tile, double* gram, double* totals) {
  constexpr int lanes = kLanesOf<T>;
  constexpr int kAtOnce = 2 * kTurns<T> <= kSums + 2 ? 2 : 1;
  int j = 0;
  for (; j + kAtOnce * lanes <= tile.width; j += kAtOnce * lanes) AddDiagonalTile<kAtOnce>(tile, j, gram, totals);
  if (j < tile.width) AddDiagonalTile<1>(tile, j, gram, totals);
  for (int first = 0; first + lanes < tile.width; first += lanes) AddGramRows(tile, first, gram);
}

// From sums by turns to sums by columns.
template <typename T>
void OrderDiagonal(int width, double* gram) {
  constexpr int lanes = kLanesOf<T>;
  double turns[kTurns<T>][lanes];
  for (int64_t first = 0; first < width; first += lanes) {
    double* block = gram + first * width + first;
    for (int k = 0; k < kTurns<T>; ++k) std::copy_n(block + int64_t{k} * width, lanes, turns[k]);
    for (int i = 0; i < lanes; ++i) {
      for (int j = i; j < lanes; ++j) {
        const int apart = j - i;
        block[int64_t{i} * width + j] = apart < kTurns<T> ? turns[apart][i] : turns[lanes - apart][j];
      }
    }
  }
}

void OrderGramFloat(int width, double* gram) { OrderDiagonal<float>(width, gram); }
void OrderGramDouble(int width, double* gram) { OrderDiagonal<double>(width, gram); }

void AddWeightedGramFloat(const WeightedTile<float>& tile, double* gram, double* totals) {
  AddGram(tile, gram, totals);
}
void AddWeightedGramDouble(const WeightedTile<double>& tile, double* gram, double* totals) {
  AddGram(tile, gram, totals);
}

HWY_INLINE hn::Vec<Doubles> LoadAs(Doubles, const float* from) { return LoadPromoted(from); }
HWY_INLINE hn::Vec<hn::ScalableTag<float>> LoadAs(hn::ScalableTag<float> tag, const float* from) {
  return hn::LoadU(tag, from);
}

template <typename T>
HWY_INLINE void Centre(const float* values, int rows, int p, const float* centre, T* tile) {
  const hn::ScalableTag<T> tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  const int width = PaddedWidth(p);
  for (int r = 0; r < rows; ++r, values += p, tile += width) {
    int j = 0;
    for (; j + lanes <= p; j += lanes) {
      hn::Store(hn::Sub(LoadAs(tag, values + j), LoadAs(tag, centre + j)), tag, tile + j);
    }
    for (; j < p; ++j) tile[j] = static_cast<T>(values[j]) - static_cast<T>(centre[j]);
    for (; j < width; ++j) tile[j] = 0;
  }
}

void CentreRowsFloat(const float* values, int rows, int p, const float* centre, float* tile) {
  Centre(values, rows, p, centre, tile);
}
void CentreRowsDouble(const float* values, int rows, int p, const float* centre, double* tile) {
  Centre(values, rows, p, centre, tile);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(Sum);
HWY_EXPORT(AddDotProducts);
HWY_EXPORT(AddScaledRows);
HWY_EXPORT(AddWeightedGramFloat);
HWY_EXPORT(AddWeightedGramDouble);
HWY_EXPORT(OrderGramFloat);
HWY_EXPORT(OrderGramDouble);
HWY_EXPORT(CentreRowsFloat);
HWY_EXPORT(CentreRowsDouble);

double Sum(const double* values, int count) { return HWY_DYNAMIC_DISPATCH(Sum)(values, count); }

void AddDotProducts(const float* values, int rows, int p, const double* coefficients, double* fits) {
  HWY_DYNAMIC_DISPATCH(AddDotProducts)(values, rows, p, coefficients, fits);
}

void AddScaledRows(const float* values, int rows, int p, const double* factors, double* sums) {
  HWY_DYNAMIC_DISPATCH(AddScaledRows)(values, rows, p, factors, sums);
}

void CentreRows(const float* values, int rows, int p, const float* centre, float* tile) {
  HWY_DYNAMIC_DISPATCH(CentreRowsFloat)(values, rows, p, centre, tile);
}

void CentreRows(const float* values, int rows, int p, const float* centre, double* tile) {
  HWY_DYNAMIC_DISPATCH(CentreRowsDouble)(values, rows, p, centre, tile);
}

void AddWeightedGram(const WeightedTile<float>& tile, double* gram, double* totals) {
  HWY_DYNAMIC_DISPATCH(AddWeightedGramFloat)(tile, gram, totals);
}

void AddWeightedGram(const WeightedTile<double>& tile, double* gram, double* totals) {
  HWY_DYNAMIC_DISPATCH(AddWeightedGramDouble)(tile, gram, totals);
}

template <>
void OrderGram<float>(int width, double* gram) {
  HWY_DYNAMIC_DISPATCH(OrderGramFloat)(width, gram);
}

template <>
void OrderGram<double>(int width, double* gram) {
  HWY_DYNAMIC_DISPATCH(OrderGramDouble)(width, gram);
}

}  // namespace clientele::training
#endif  // HWY_ONCE
