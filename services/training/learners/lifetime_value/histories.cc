#include "services/training/learners/lifetime_value/histories.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/base/status_macros.h"
#include "services/training/learners/btyd/rows.h"
#include "services/training/learners/gather.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

using model::HistoryColumns;
using model::LifetimeCustomer;

// Appends a customer's row; false: there is none.
using ReadRow = absl::FunctionRef<bool(const LifetimeCustomer& customer, FitRows& rows)>;

void Collapse(FitRows& rows, int threads) {
  btyd::CollapsedRows collapsed = btyd::CollapseRows(rows.rows(), rows.weights, threads);
  rows = {std::move(collapsed.first), std::move(collapsed.second), std::move(collapsed.third),
          std::move(collapsed.weights), {}};
}

FitRows ReadShard(const TrainingMatrix& matrix, int s, const HistoryColumns& columns, absl::Span<const int> covariates,
                  ReadRow read) {
  const TrainingShard& shard = matrix.shards[s];
  FitRows rows;
  std::vector<double> row(matrix.columns);
  const auto add = [&](int64_t i, const float* values) {
    const double weight = shard.weights.empty() ? 1 : shard.weights[i];
    std::copy_n(values, matrix.columns, row.begin());
    if (weight == 0 || !read(model::ReadCustomer(row, columns), rows)) return;
    rows.weights.push_back(weight);
    for (const int column : covariates) rows.covariates.push_back(row[column]);
  };
  RowReader(matrix).ForBlocks(s, [&](int64_t first, int64_t count, const float* values) {
    for (int64_t i = 0; i < count; ++i) add(first + i, values + i * matrix.columns);
  });
  if (covariates.empty()) Collapse(rows, /*threads=*/1);  // Shards are read side by side.
  return rows;
}

void Append(const std::vector<double>& from, std::vector<double>& to) { to.insert(to.end(), from.begin(), from.end()); }

// Equal first numbers next to each other: a likelihood works out what they share once.
void SortByFirst(FitRows& rows, size_t width) {
  std::vector<size_t> order(rows.first.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rows.first[a] < rows.first[b]; });
  const auto sort = [&order](std::vector<double>& values, size_t each) {
    std::vector<double> sorted;
    sorted.reserve(values.size());
    if (values.empty()) return;
    for (const size_t row : order) {
      sorted.insert(sorted.end(), values.begin() + row * each, values.begin() + (row + 1) * each);
    }
    values = std::move(sorted);
  };
  sort(rows.first, 1);
  sort(rows.second, 1);
  sort(rows.third, 1);
  sort(rows.weights, 1);
  sort(rows.covariates, width);
}

// Each shard's rows are collapsed alone, then those of all shards in their order: weights add up in the same order for any
// number of ranks.
absl::StatusOr<FitRows> Gather(const TrainingMatrix& matrix, const HistoryColumns& columns,
                               absl::Span<const int> covariates, Communicator& communicator, int threads, ReadRow read) {
  std::array<FitRows, kShardCount> shards;
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) shards[s] = ReadShard(matrix, s, columns, covariates, read);
  FitRows mine, all;
  for (const FitRows& shard : shards) {
    Append(shard.first, mine.first);
    Append(shard.second, mine.second);
    Append(shard.third, mine.third);
    Append(shard.weights, mine.weights);
    Append(shard.covariates, mine.covariates);
  }
  CLIENTELE_ASSIGN_OR_RETURN(all.first, GatherValues(communicator, mine.first));
  CLIENTELE_ASSIGN_OR_RETURN(all.second, GatherValues(communicator, mine.second));
  CLIENTELE_ASSIGN_OR_RETURN(all.third, GatherValues(communicator, mine.third));
  CLIENTELE_ASSIGN_OR_RETURN(all.weights, GatherValues(communicator, mine.weights));
  CLIENTELE_ASSIGN_OR_RETURN(all.covariates, GatherValues(communicator, mine.covariates));
  if (covariates.empty()) {
    Collapse(all, threads);
  } else {
    SortByFirst(all, covariates.size());
  }
  return all;
}

}  // namespace

absl::StatusOr<FitRows> GatherHistories(const TrainingMatrix& matrix, const HistoryColumns& columns,
                                        absl::Span<const int> covariates, Communicator& communicator, int threads) {
  return Gather(matrix, columns, covariates, communicator, threads, [](const LifetimeCustomer& customer, FitRows& rows) {
    if (customer.known != LifetimeCustomer::Known::kComplete) return false;
    rows.first.push_back(customer.history.frequency);
    rows.second.push_back(customer.history.recency);
    rows.third.push_back(customer.history.age);
    return true;
  });
}

absl::StatusOr<FitRows> GatherSpends(const TrainingMatrix& matrix, const HistoryColumns& columns,
                                     absl::Span<const int> covariates, Communicator& communicator, int threads) {
  return Gather(matrix, columns, covariates, communicator, threads, [](const LifetimeCustomer& customer, FitRows& rows) {
    if (!(customer.history.frequency > 0 && customer.mean_spend > 0)) return false;
    rows.first.push_back(customer.history.frequency);
    rows.second.push_back(customer.mean_spend);
    return true;
  });
}

}  // namespace clientele::training
