// What makes a model an artifact: the parts that are computed from it, and its bytes.
//
//   ModelArtifact artifact = ...;  // spec, schema, preprocessing, lineage, evaluation, the model itself
//   CLIENTELE_RETURN_IF_ERROR(CompleteArtifact(dataset, training, threads, artifact));
//   const SerializedArtifact serialized = SerializeArtifact(artifact);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"

namespace clientele::model {

inline constexpr int kFormatVersion = 1;

struct SerializedArtifact {
  std::string bytes;
  std::string sha256;  // Of the bytes; hex.
};

// Adds what follows from the model and its training rows: format_version, histograms, golden_rows, score_quantiles (not
// for clusters). ARTIFACT_INVALID: the model is not sound.
absl::Status CompleteArtifact(const dataset::Dataset& dataset, const dataset::RowSelection& training, int threads,
                              clientele::model::v1::ModelArtifact& artifact);

// The same message gives the same bytes.
SerializedArtifact SerializeArtifact(const clientele::model::v1::ModelArtifact& artifact);

// What `predictor` says of the selected rows, [rows of the shard's selection] a shard, in row order.
// INVALID_ARGUMENT with UNKNOWN_FEATURE as DatasetEncoder::Create. `threads` changes the speed alone.
absl::StatusOr<std::vector<std::vector<Prediction>>> PredictRows(const Predictor& predictor,
                                                                 const dataset::Dataset& dataset,
                                                                 const dataset::RowSelection& selection, int threads);

// One histogram a schema column, over the selected rows. Numbers: about 20 bins of about equal counts, a value of many
// rows in a bin of its own; no bin where every row is missing. Categories: the 100 most frequent, and the rest
// under "". INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset lacks a column of the schema.
absl::StatusOr<std::vector<clientele::model::v1::FeatureHistogram>> ComputeHistograms(
    const dataset::Dataset& dataset, const dataset::RowSelection& selection, const Schema& schema, int threads = 1);

// 101 quantiles (type 7) of the scores, 0 % to 100 %. `scores` must not be empty.
std::vector<double> ComputeScoreQuantiles(std::vector<double> scores);

// `rows` (>= 3) made-up rows that try every feature around its training mean and every category in turn, one of unknown
// categories, one with everything missing; and what the model says of them. No customer's data.
std::vector<clientele::model::v1::GoldenRow> MakeGoldenRows(const Predictor& predictor, int rows = 8);

// INVALID_ARGUMENT with ARTIFACT_INVALID unless every golden row scores as it says, bit for bit.
absl::Status CheckGoldenRows(const Predictor& predictor);

}  // namespace clientele::model
