// Lifetime value in bulk: a nightly scoring of all customers with value and interval, and Cox regression on a million rows.
// The argument is the number of threads; CLIENTELE_BENCHMARK_BRIEF shrinks the data.
//
//   build/release/bin/lifetime_value_benchmark
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/model/encoder.h"
#include "common/model/lifetime_value/estimates.h"
#include "common/model/lifetime_value/portfolio.h"
#include "services/training/learners/random.h"
#include "services/training/learners/survival/cox.h"
#include "tests/common/model/lifetime_value/sample.h"

namespace clientele {
namespace {

using training::Random;

int64_t Rows() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 5'000 : 1'000'000; }

// Customers of two years, in days: two thirds without a repeat purchase, as in most shops.
std::vector<std::array<double, 5>> MakeCustomers() {
  std::vector<std::array<double, 5>> customers(Rows());
  Random random(/*seed=*/1, /*stream=*/0);
  for (auto& [frequency, recency, age, mean_spend, historic] : customers) {
    age = std::floor(random.Uniform() * 730) / 7;
    frequency = random.Uniform() < 0.65 ? 0 : std::ceil(-4 * std::log(random.Uniform()));
    recency = frequency > 0 ? std::ceil(random.Uniform() * age * 7) / 7 : 0;
    mean_spend = frequency > 0 ? std::exp(3 + 2 * (random.Uniform() - 0.5)) : 0;
    historic = (frequency + 1) * 20;
  }
  return customers;
}

void ScoreCustomersWithIntervals(benchmark::State& state) {
  static const auto customers = MakeCustomers();
  const model::v1::ModelArtifact artifact = testutil::LifetimeArtifact();
  const auto encoder = model::RowEncoder::Create(artifact.schema(), artifact.preprocessing());
  const auto model = model::LifetimeModel::Create(artifact.lifetime_value(), *encoder);
  const int threads = static_cast<int>(state.range(0));
  constexpr int kChunk = 50'000;
  double total = 0;
  for (auto _ : state) {
    const int chunks = static_cast<int>((customers.size() + kChunk - 1) / kChunk);
    std::vector<double> sums(chunks, 0);
#pragma omp parallel num_threads(threads)
    {
      model::PortfolioScorer scorer(*model, model->terms());
      std::vector<double> columns(encoder->num_columns(), 0);
#pragma omp for schedule(static)
      for (int chunk = 0; chunk < chunks; ++chunk) {
        const size_t end = std::min(customers.size(), static_cast<size_t>(chunk + 1) * kChunk);
        for (size_t i = static_cast<size_t>(chunk) * kChunk; i < end; ++i) {
          std::copy(customers[i].begin(), customers[i].end(), columns.begin());
          const model::LifetimeCustomer customer = model->Read(columns);
          const model::Range value =
              model::ValueRange(*model, scorer.PartsOf(customer, columns), columns, model->terms().margin);
          sums[chunk] += value.value + value.upper - value.lower;
        }
      }
    }
    for (const double sum : sums) total += sum;
  }
  benchmark::DoNotOptimize(total);
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(ScoreCustomersWithIntervals)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

// Durations in whole months, so that there are many ties; a third of the customers has left.
struct Tenures {
  static constexpr int kColumns = 10;
  std::vector<double> durations, columns;
  std::vector<uint8_t> ended;
};

Tenures MakeTenures() {
  Tenures tenures;
  Random random(/*seed=*/2, /*stream=*/0);
  for (int64_t row = 0; row < Rows(); ++row) {
    double fit = 0;
    for (int column = 0; column < Tenures::kColumns; ++column) {
      tenures.columns.push_back(random.Uniform() + random.Uniform() + random.Uniform() - 1.5);
      fit += 0.3 * tenures.columns.back() / (column + 1);
    }
    const double leaves = -120 * std::log(random.Uniform()) * std::exp(-fit), seen = 72 * random.Uniform();
    tenures.durations.push_back(std::ceil(std::min(leaves, seen)));
    tenures.ended.push_back(leaves <= seen);
  }
  return tenures;
}

// One pass: log-likelihood, gradient and information of 10 covariates.
void CoxIteration(benchmark::State& state) {
  static const Tenures tenures = MakeTenures();
  training::survival::CoxObjective objective({tenures.durations, tenures.ended, {}, {}}, tenures.columns,
                                             Tenures::kColumns, training::survival::Ties::kEfron,
                                             static_cast<int>(state.range(0)), StopToken());
  const std::vector<double> at(Tenures::kColumns, 0.1);
  for (auto _ : state) benchmark::DoNotOptimize(objective.Evaluate(at));
  state.SetItemsProcessed(state.iterations() * Rows());
}
BENCHMARK(CoxIteration)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace clientele

BENCHMARK_MAIN();
