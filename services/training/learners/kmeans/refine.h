// What Lloyd's iterations leave on the table: single rows that fit another cluster better once both centroids follow
// them (Hartigan and Wong 1979). Many of Lloyd's ends are not ends here, so that few restarts find the best clustering.
//
// Notation: n rows, d columns, k clusters. Cost: O(n k d) a sweep, one row after the other: for few rows.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/base/stop_token.h"
#include "services/training/learners/kmeans/sample.h"

namespace clientele::training {

// Are rows so few that a sweep takes no more than milliseconds?
bool IsWorthRefining(int64_t n, int d, int k);

// Better centroids than `centroids` [k x d]: sweeps over the rows until no row moves, `most_sweeps` at most. No cluster
// is emptied. Pure. CANCELLED or DEADLINE_EXCEEDED from `stop`, polled once a sweep.
absl::StatusOr<std::vector<double>> RefineByMoves(const RowSample& rows, int d, const std::vector<double>& centroids,
                                                  int most_sweeps, const StopToken& stop);

}  // namespace clientele::training
