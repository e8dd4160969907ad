// What a K-means is asked for, with the defaults in place.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/kmeans.pb.h"
#include "services/training/learners/kmeans/lloyd.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.num_clusters.
absl::Status ValidateKMeans(const model::v1::KMeansParameters& parameters, absl::string_view field);

struct KMeansSettings {
  explicit KMeansSettings(const model::v1::KMeansParameters& parameters);

  bool chosen;  // Is k chosen, between these?
  int min_clusters;
  int max_clusters;
  int restarts;
  bool choose_by_calinski_harabasz;
  bool parallel_seeding;
  bool cosine;
  int batch_rows;           // 0: full passes.
  int stability_resamples;  // 0: none.
  LloydOptions lloyd;
};

}  // namespace clientele::training
