// How much each feature matters to a model, as shares that add up to 1.
//
// - Linear models: the standard deviation, over the training rows, of what the feature adds to the fit. For a
// standardised
//   number that is the size of its coefficient; it also counts what a missing value adds, and all columns of a category
//   together. The training rows are known by their histograms: a bin is the middle of what its ends become. Of several
//   linear predictors it is that of their sum, linear around the average customer (whether there is a value, and how
//   much), or the root of the mean square (classes).
// - Clusters: the feature's share of the variance between them.
// - Others have no weights to compare: none.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/model/encoder.h"

namespace clientele::inference {

struct FeatureImportance {
  std::vector<double> shares;           // [f], in the schema's order; all 0 where the model has none.
  std::vector<std::string> directions;  // [f]: "raises", "lowers", "mixed"; "": unknown.
  absl::string_view basis;              // For people.
};

// Cost: O(f b d), b bins of a histogram.
FeatureImportance ImportanceOf(const clientele::model::v1::ModelArtifact& artifact, const model::RowEncoder& encoder);

// Of the training rows, by its histogram; 0 where there is none.
double MissingShare(const clientele::model::v1::FeatureHistogram& histogram);

}  // namespace clientele::inference
