// A tile: rows turned round so that each of them is a lane. For kernels that compare many rows with one centroid at
// once. Included once for each instruction set, by files that are compiled through hwy/foreach_target.h.
#if defined(CLIENTELE_KMEANS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CLIENTELE_KMEANS_TILE_INL_H_
#undef CLIENTELE_KMEANS_TILE_INL_H_
#else
#define CLIENTELE_KMEANS_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(Floats()));
inline constexpr int kTileRows = 2 * kLanes;

#if HWY_TARGET != HWY_SCALAR
// Four floats from each of lanes / 4 places, `stride` apart.
template <class D>
HWY_INLINE hn::Vec<D> LoadQuads(D tag, const float* from, int64_t stride) {
  constexpr int quads = static_cast<int>(hn::MaxLanes(D())) / 4;
  if constexpr (quads <= 1) {
    return hn::LoadU(tag, from);
  } else {
    const hn::Half<D> half;
    return hn::Combine(tag, LoadQuads(half, from + quads / 2 * stride, stride), LoadQuads(half, from, stride));
  }
}

// Columns j to j + 3 of kLanes rows, each column a vector with a row in each lane.
HWY_INLINE void LoadColumns4(const float* rows, int d, int j, hn::Vec<Floats> (&columns)[4]) {
  const Floats tag;
  const hn::RepartitionToWide<Floats> wide;
  const int64_t stride = int64_t{4} * d;
  const auto r0 = LoadQuads(tag, rows + j, stride), r1 = LoadQuads(tag, rows + d + j, stride);
  const auto r2 = LoadQuads(tag, rows + 2 * int64_t{d} + j, stride),
             r3 = LoadQuads(tag, rows + 3 * int64_t{d} + j, stride);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(tag, r0, r1));
  const auto low23 = hn::BitCast(wide, hn::InterleaveLower(tag, r2, r3));
  const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(tag, r0, r1));
  const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(tag, r2, r3));
  columns[0] = hn::BitCast(tag, hn::InterleaveLower(wide, low01, low23));
  columns[1] = hn::BitCast(tag, hn::InterleaveUpper(wide, low01, low23));
  columns[2] = hn::BitCast(tag, hn::InterleaveLower(wide, high01, high23));
  columns[3] = hn::BitCast(tag, hn::InterleaveUpper(wide, high01, high23));
}

// tile[j][r] = rows[r][j] - shift[j]. `rows` [kTileRows x d], d >= 4; `tile` [d x kTileRows], aligned.
HWY_NOINLINE inline void TurnWholeTile(const float* rows, int d, const float* shift, float* tile) {
  const Floats tag;
  for (int first = 0; first < d; first += 4) {
    const int j = std::min(first, d - 4);  // The last four columns overlap those before.
    for (int half = 0; half < 2; ++half) {
      hn::Vec<Floats> columns[4];
      LoadColumns4(rows + int64_t{half} * kLanes * d, d, j, columns);
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) {
        hn::Store(hn::Sub(columns[c], hn::Set(tag, shift[j + c])), tag, tile + (j + c) * kTileRows + half * kLanes);
      }
    }
  }
}
#endif

// The same for `count` rows and any d; lanes beyond the rows repeat the last.
HWY_INLINE void TurnRows(const float* rows, int count, int d, const float* shift, float* tile) {
#if HWY_TARGET != HWY_SCALAR
  if (count >= kTileRows && d >= 4) return TurnWholeTile(rows, d, shift, tile);
#endif
  for (int j = 0; j < d; ++j) {
    for (int r = 0; r < kTileRows; ++r) {
      tile[j * kTileRows + r] = rows[int64_t{std::min(r, count - 1)} * d + j] - shift[j];
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#endif  // CLIENTELE_KMEANS_TILE_INL_H_
