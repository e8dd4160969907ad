// The fits of a linear model, row by row: for what is measured once a model has been fitted.
#pragma once

#include <algorithm>
#include <vector>

#include "absl/types/span.h"
#include "services/training/learners/linear/row_tile.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

struct FittedRow {
  double fit = 0;  // Offset included.
  double label = 0;
  double weight = 1;
};

// One head. Thread-safe: immutable. `matrix` must outlive it.
class RowFits {
 public:
  // `parameters` [D] in the model's order.
  RowFits(const TrainingMatrix& matrix, absl::Span<const double> parameters)
      : matrix_(matrix), order_(matrix), parameters_(order_.ToEngine(parameters)) {}

  // Calls visit(row) for the shard's rows, in order. Cost: O(n d).
  template <typename Visit>
  void ForRows(int s, Visit visit) const {
    const TrainingShard& shard = matrix_.shards[s];
    RowReader reader(matrix_);
    double fits[kTileRows];
    for (int64_t first = 0; first < shard.rows; first += kTileRows) {
      const RowTile tile(matrix_, reader, order_, s, first);
      std::fill(fits, fits + kTileRows, 0.0);
      if (!shard.offsets.empty()) std::copy_n(shard.offsets.data() + first, tile.rows(), fits);
      tile.AddFits(parameters_.data(), fits);
      for (int r = 0; r < tile.rows(); ++r) {
        const int64_t row = first + r;
        visit(FittedRow{fits[r], shard.labels[row], shard.weights.empty() ? 1 : shard.weights[row]});
      }
    }
  }

 private:
  const TrainingMatrix& matrix_;
  const ParameterOrder order_;
  const std::vector<double> parameters_;
};

}  // namespace clientele::training
