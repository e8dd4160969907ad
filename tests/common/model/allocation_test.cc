// Scoring allocates nothing, row after row: counted where all memory of this program comes from.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "absl/base/config.h"
#include "common/model/predictor.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

#ifndef ABSL_HAVE_THREAD_SANITIZER  // It has an allocator of its own.
namespace {

std::atomic<int64_t> allocations = 0;

void* Allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

// Both are ours; GCC looks at one of them alone.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace clientele::model {
namespace {

TEST(AllocationTest, ScoringAllocatesNothingOnceItHasSeenSuchRows) {
  const dataset::Dataset dataset = testutil::SampleDataset();
  for (const auto& make : {&testutil::SampleLogisticRegression, &testutil::SampleKMeans,
                           &testutil::SampleMultinomialRegression, &testutil::SampleTwoPartRegression}) {
    ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(make(dataset)));
    std::vector<Cell> cells(65 * 5);
    for (int i = 0; i < 65; ++i) {
      for (int f = 0; f < 3; ++f) cells[i * 5 + f] = Cell::Number(i + f);
      cells[i * 5 + 3] = Cell::Category("gold");
    }
    Workspace workspace;
    std::vector<Prediction> predictions(65);
    const auto score = [&](int n, bool explain) {
      predictor->PredictRows(absl::MakeConstSpan(cells).first(n * 5), explain, workspace,
                             absl::MakeSpan(predictions).first(n));
    };
    score(65, true);
    const int64_t before = allocations;
    for (int round = 0; round < 10; ++round) {
      score(1, true);
      score(65, true);
      score(65, false);
    }
    EXPECT_EQ(allocations - before, 0);
  }
}

}  // namespace
}  // namespace clientele::model
#endif  // ABSL_HAVE_THREAD_SANITIZER
