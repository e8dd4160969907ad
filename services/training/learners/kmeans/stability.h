// Would the same clusters come out of other customers? Each cluster's mean Jaccard similarity with its nearest cluster
// over bootstrap samples (Hennig 2007).
//
// Notation: m sampled rows, d columns, k clusters, b resamples. Cost: O(b runs (iterations + log k) m k d).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/kmeans/row_frame.h"
#include "services/training/learners/kmeans/sample.h"
#include "services/training/learners/kmeans/settings.h"

namespace clientele::training {

// How many rows to sample for k clusters of d columns: 20,000, fewer where they would take long.
int StabilitySample(int k, int d);

// Of `centroids` [k x d]: one number a cluster, 0 to 1. Every resample draws m rows with replacement, and is clustered
// anew; a row counts once in the similarity however often it was drawn. Resamples with fewer than k distinct rows are
// left out. The same for any number of threads. Errors: of `stop`.
absl::StatusOr<std::vector<double>> MeasureStability(const RowSample& sample, const RowFrame& frame,
                                                     const std::vector<double>& centroids,
                                                     const KMeansSettings& settings, uint64_t seed, int threads,
                                                     const StopToken& stop);

}  // namespace clientele::training
