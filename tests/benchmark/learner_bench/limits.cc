#include "tests/benchmark/learner_bench/limits.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/benchmark/learner_bench/limits.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::benchmark {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Ten chains of dependent multiply-adds, each from a start of its own: none can be computed from another. Returns how many
// floating-point operations it did.
double MultiplyAdd(int64_t rounds, const float* starts, float* ends) {
  const hn::ScalableTag<float> tag;
  const auto factor = hn::Set(tag, starts[10]), term = hn::Set(tag, starts[11]);
  auto a = hn::Set(tag, starts[0]), b = hn::Set(tag, starts[1]), c = hn::Set(tag, starts[2]), d = hn::Set(tag, starts[3]);
  auto e = hn::Set(tag, starts[4]), f = hn::Set(tag, starts[5]), g = hn::Set(tag, starts[6]), h = hn::Set(tag, starts[7]);
  auto i = hn::Set(tag, starts[8]), j = hn::Set(tag, starts[9]);
  for (int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, term);
    b = hn::MulAdd(b, factor, term);
    c = hn::MulAdd(c, factor, term);
    d = hn::MulAdd(d, factor, term);
    e = hn::MulAdd(e, factor, term);
    f = hn::MulAdd(f, factor, term);
    g = hn::MulAdd(g, factor, term);
    h = hn::MulAdd(h, factor, term);
    i = hn::MulAdd(i, factor, term);
    j = hn::MulAdd(j, factor, term);
  }
  int at = 0;
  for (const auto& chain : {a, b, c, d, e, f, g, h, i, j}) ends[at++] = hn::GetLane(chain);
  return static_cast<double>(rounds) * 10 * 2 * static_cast<double>(hn::Lanes(tag));
}

float Sum(const float* values, int64_t count) {
  const hn::ScalableTag<float> tag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  auto a = hn::Zero(tag), b = a, c = a, d = a;
  for (int64_t i = 0; i + 4 * lanes <= count; i += 4 * lanes) {
    a = hn::Add(a, hn::LoadU(tag, values + i));
    b = hn::Add(b, hn::LoadU(tag, values + i + lanes));
    c = hn::Add(c, hn::LoadU(tag, values + i + 2 * lanes));
    d = hn::Add(d, hn::LoadU(tag, values + i + 3 * lanes));
  }
  return hn::GetLane(hn::SumOfLanes(tag, hn::Add(hn::Add(a, b), hn::Add(c, d))));
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::benchmark
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::benchmark {
namespace {

HWY_EXPORT(MultiplyAdd);
HWY_EXPORT(Sum);

constexpr double kSeconds = 1;  // For each figure.

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The shortest time of `slice`.
template <typename Slice>
double Best(Slice slice) {
  double best = kSeconds;
  for (const double end = Now() + kSeconds; Now() < end;) {
    const double begin = Now();
    slice();
    best = std::min(best, Now() - begin);
  }
  return best;
}

volatile float sink;  // What is stored here has to be computed.

double BytesPerSecond(int threads) {
  constexpr int64_t kValues = int64_t{64} << 20;  // 256 MiB.
  constexpr int64_t kSlice = int64_t{1} << 20;    // 4 MiB a thread.
  const std::vector<float> values(kValues, 1.0f);
  int64_t first = 0;
  const double seconds = Best([&] {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
      sink = HWY_DYNAMIC_DISPATCH(Sum)(values.data() + (first + t * kSlice) % kValues, kSlice);
    }
    first = (first + threads * kSlice) % kValues;
  });
  return static_cast<double>(threads * kSlice) * sizeof(float) / seconds;
}

double FlopsPerSecond(int threads) {
  constexpr int64_t kRounds = 200'000;
  double flops = 0;
  const double seconds = Best([&] {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
      const float starts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.999999f, 1e-6f};
      float ends[10];
      const double done = HWY_DYNAMIC_DISPATCH(MultiplyAdd)(kRounds, starts, ends);
      if (t == 0) flops = done;
      sink = ends[9];
    }
  });
  return flops * threads / seconds;
}

}  // namespace

Limits MeasureLimits(int threads) { return {BytesPerSecond(threads), FlopsPerSecond(threads)}; }

}  // namespace clientele::benchmark
#endif  // HWY_ONCE
