// What a training job does with its holdout: areas under curves, grades with their bootstrap, histograms. The argument
// is the number of threads; CLIENTELE_BENCHMARK_BRIEF shrinks the data.
//
//   build/release/bin/judging_benchmark
#include <cmath>
#include <cstdlib>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/model/bin_counts.h"
#include "common/statistics/auc.h"
#include "services/training/evaluation/grade.h"
#include "services/training/evaluation/high_value.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

int64_t Rows() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 5'000 : 300'000; }

// Scores that tell much of what they are compared with.
struct Holdout {
  Holdout() {
    Random random(/*seed=*/1, /*stream=*/0);
    for (int64_t i = 0; i < Rows(); ++i) {
      const double score = 2 * random.Uniform() - 1;
      scores.push_back(score);
      rule.push_back(score + random.Uniform());
      labels.push_back(random.Uniform() < 1 / (1 + std::exp(-3 * score)) ? 1 : 0);
      values.push_back(std::exp(score) * random.Uniform());
      numbers.push_back(static_cast<float>(random.Uniform()));
    }
  }
  std::vector<double> scores, rule, labels, values;
  std::vector<float> numbers;
};

const Holdout& TheHoldout() {
  static const Holdout holdout;
  return holdout;
}

void AreaWithItsError(benchmark::State& state) {
  const Holdout& holdout = TheHoldout();
  for (auto _ : state) benchmark::DoNotOptimize(statistics::AucWithError(holdout.scores, holdout.labels));
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(AreaWithItsError)->Unit(benchmark::kMillisecond);

void GradeOfValues(benchmark::State& state) {
  const Holdout& holdout = TheHoldout();
  for (auto _ : state) {
    const auto grade =
        GradeValues(holdout.scores, "a rule", holdout.rule, holdout.values, static_cast<int>(state.range(0)));
    if (!grade.ok()) return state.SkipWithError(std::string(grade.status().message()).c_str());
  }
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(GradeOfValues)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

// The share of right calls of two classifiers, the cheapest measure there is: what is left is the draws.
void GradeOfCalls(benchmark::State& state) {
  const Holdout& holdout = TheHoldout();
  const auto compare = [&](RowCounts counts) -> Comparison {
    int64_t model = 0, rule = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      model += counts[i] * ((holdout.scores[i] > 0) == (holdout.labels[i] == 1) ? 1 : 0);
      rule += counts[i] * ((holdout.rule[i] > 0.5) == (holdout.labels[i] == 1) ? 1 : 0);
    }
    const auto all = static_cast<double>(Rows());
    return {static_cast<double>(model) / all, static_cast<double>(rule) / all};
  };
  for (auto _ : state) {
    const auto grade =
        MakeGrade({"share of right calls", "a rule", 0.1}, Rows(), static_cast<int>(state.range(0)), compare);
    if (!grade.ok()) return state.SkipWithError(std::string(grade.status().message()).c_str());
  }
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(GradeOfCalls)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void HistogramOfAColumn(benchmark::State& state) {
  std::vector<float> edges;
  for (int i = 0; i <= 20; ++i) edges.push_back(static_cast<float>(i) / 20);
  for (auto _ : state) benchmark::DoNotOptimize(model::CountInBins(TheHoldout().numbers, edges));
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(HistogramOfAColumn)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace clientele::training

BENCHMARK_MAIN();
