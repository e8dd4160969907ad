// A training holds its data once: what a stage takes beside the dataset is a part of the dataset's numbers. Counted
// where all memory of this program comes from. (What looks at a sample of rows, however many there are, is left out.)
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "common/model/artifact.h"
#include "common/model/preprocessing.h"
#include "services/training/learn.h"
#include "services/training/learners/random.h"
#include "services/training/split.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

#ifndef ABSL_HAVE_THREAD_SANITIZER  // It has an allocator of its own.
namespace {

std::atomic<int64_t> held = 0, most = 0;

void* Allocate(std::size_t size, std::size_t alignment) {
  void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) std::abort();
  const int64_t now = held += static_cast<int64_t>(malloc_usable_size(memory));
  for (int64_t before = most; before < now && !most.compare_exchange_weak(before, now);) {
  }
  return memory;
}

void Free(void* memory) {
  held -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

// Both are ours; GCC looks at one of them alone.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { Free(memory); }

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;

constexpr int kRows = 60'000;
constexpr int kColumns = 48;
constexpr int64_t kNumberBytes = int64_t{4} * kRows * kColumns;

dataset::Dataset Customers(bool labels_are_money) {
  Random random(1, 1);
  std::vector<double> labels(kRows), scores(kRows, 0.0);
  testutil::Table table(kRows);
  for (int j = 0; j < kColumns; ++j) {
    std::vector<float> values;
    for (int i = 0; i < kRows; ++i) {
      values.push_back(static_cast<float>(random.Uniform() + (i % 5 == 0 ? std::sin(j) : 0)));
      if (j < 4) scores[i] += values.back() - 0.5;
    }
    table.Number(absl::StrCat("x", j), std::move(values));
  }
  for (int i = 0; i < kRows; ++i) {
    const double u = random.Uniform();
    labels[i] = labels_are_money ? u * std::exp(scores[i]) : u < 1 / (1 + std::exp(-scores[i])) ? 1 : 0;
  }
  return table.Labels(std::move(labels)).Build();
}

TrainingSpec Spec() {
  TrainingSpec spec;
  spec.set_model("test");
  spec.mutable_dataset()->mutable_as_of()->set_seconds(1'600'000'000);
  for (int j = 0; j < kColumns; ++j) spec.mutable_dataset()->add_features(absl::StrCat("x", j));
  return spec;
}

class OneCopyTest : public ::testing::Test {
 protected:
  // The most that is held at a time beside the dataset while `work` runs, as a part of the bytes of its numbers.
  template <typename Work>
  static double PartHeld(Work work) {
    const int64_t before = held;
    most = before;
    work();
    return static_cast<double>(most - before) / kNumberBytes;
  }

  // What each stage that goes over all rows takes.
  static void ExpectEachStageTakesAPart(const dataset::Dataset& dataset, const TrainingSpec& spec, int threads) {
    const model::v1::Split split = EffectiveSplit(spec);
    ASSERT_OK_AND_ASSIGN(const dataset::RowSelection training, TrainingRows(dataset, split));
    model::v1::ModelArtifact artifact;
    *artifact.mutable_spec() = spec;
    *artifact.mutable_schema() = model::SchemaOf(dataset);
    EXPECT_LT(PartHeld([&] {
                ASSERT_OK_AND_ASSIGN(*artifact.mutable_preprocessing(),
                                     model::FitPreprocessing(dataset, training, {}, threads));
              }),
              0.2);
    LocalCommunicator alone;
    Journal journal;
    std::vector<v1::DataIssue> issues;
    EXPECT_LT(PartHeld([&] {
                ASSERT_OK(LearnTogether({dataset, training, spec, split, threads, StopToken(), {}}, alone, journal,
                                        artifact, issues));
              }),
              0.3);
    // The places of 101 quantiles are looked for at once, however many rows there are.
    EXPECT_LT(PartHeld([&] { ASSERT_OK(model::CompleteArtifact(dataset, training, threads, artifact)); }), 0.5);
  }
};

TEST_F(OneCopyTest, AClassifierTakesAPartOfItsData) {
  TrainingSpec spec = Spec();
  spec.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  spec.mutable_logistic_regression();
  const dataset::Dataset dataset = Customers(/*labels_are_money=*/false);
  for (const int threads : {1, 3}) ExpectEachStageTakesAPart(dataset, spec, threads);
}

TEST_F(OneCopyTest, ARegressionTakesAPartOfItsData) {
  TrainingSpec spec = Spec();
  spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(90);
  spec.mutable_value_regression();
  ExpectEachStageTakesAPart(Customers(/*labels_are_money=*/true), spec, 1);
}

// All rows of K-means train here; by cosine they are scaled besides.
TEST_F(OneCopyTest, AClusteringTakesAPartOfItsData) {
  TrainingSpec spec = Spec();
  auto& kmeans = *spec.mutable_kmeans();
  kmeans.set_num_clusters(5);
  kmeans.set_restarts(1);
  kmeans.set_max_iterations(5);
  kmeans.set_stability_resamples(-1);
  spec.mutable_split()->set_none(true);
  const dataset::Dataset dataset = Customers(/*labels_are_money=*/false);
  ExpectEachStageTakesAPart(dataset, spec, 1);
  kmeans.set_distance(model::v1::KMeansParameters::DISTANCE_COSINE);
  ExpectEachStageTakesAPart(dataset, spec, 1);
}

}  // namespace
}  // namespace clientele::training
#endif  // ABSL_HAVE_THREAD_SANITIZER
