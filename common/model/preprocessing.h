// From features to the columns a learner sees: what is fitted on the training rows and travels with the model.
//
// Notation: n training rows, f features (header columns that are not auxiliary), d columns.
// Every sum is taken in double inside a shard, in row order, and then over the shards in order; quantiles are exact
// (type 7: linear between the order statistics around (n - 1) q). So the result depends on the rows alone, not on
// threads or parts. Cost: O(n f), a dozen passes over a part's rows; over the network sums and counts alone.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/model/v1/preprocessing.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::model {

using Schema = google::protobuf::RepeatedPtrField<clientele::model::v1::FeatureColumn>;

// The header columns that are model inputs: those that are not auxiliary, in the header's order.
std::vector<int> InputColumns(const dataset::Dataset& dataset);

// The schema of a model trained on this dataset: its input columns.
Schema SchemaOf(const dataset::Dataset& dataset);

// OK, or INVALID_ARGUMENT naming the first field that is wrong, as `field`.defaults.constant. `features` are the names
// that per_feature may speak of.
absl::Status ValidatePreprocessing(absl::string_view field, const clientele::model::v1::PreprocessingSpec& spec,
                                   absl::Span<const std::string> features);

// What the spec says of one feature: its own settings, then the defaults, then the proto's.
clientele::model::v1::FeaturePreprocessing ResolvePreprocessing(const clientele::model::v1::PreprocessingSpec& spec,
                                                                absl::string_view feature);

// Fits on the rows in `training`, of all parts, each of which gets the same. `spec` must be valid; `threads` changes
// the speed alone. FAILED_PRECONDITION with DATA_NOT_READY: no training row, or no column comes of it.
absl::StatusOr<clientele::model::v1::Preprocessing> FitPreprocessing(
    const dataset::Dataset& dataset, const dataset::RowSelection& training,
    const clientele::model::v1::PreprocessingSpec& spec, int threads = 1,
    dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::model
