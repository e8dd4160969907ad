// What makes a model an artifact: the parts that are computed from it, and its bytes.
//
//   ModelArtifact artifact = ...;  // spec, schema, preprocessing, lineage, evaluation, the model itself
//   CLIENTELE_RETURN_IF_ERROR(CompleteArtifact(dataset, training, threads, artifact));
//   const SerializedArtifact serialized = SerializeArtifact(artifact);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"

namespace clientele::model {

inline constexpr int kFormatVersion = 1;

struct SerializedArtifact {
  std::string bytes;
  std::string sha256;  // Of the bytes; hex.
};

// Adds what follows from the model and its training rows of all parts, with each of which the artifact is the same:
// format_version, histograms, golden_rows, score_quantiles (not for clusters). ARTIFACT_INVALID: the model is not
// sound.
absl::Status CompleteArtifact(const dataset::Dataset& dataset, const dataset::RowSelection& training, int threads,
                              clientele::model::v1::ModelArtifact& artifact,
                              dataset::Parts& parts = dataset::OnlyPart());

// The same message gives the same bytes.
SerializedArtifact SerializeArtifact(const clientele::model::v1::ModelArtifact& artifact);

// Calls take(shard, i, prediction) for what `predictor` says of the i-th selected row of a shard of this part, in row
// order inside a shard; from up to `threads` threads, each in shards of its own. INVALID_ARGUMENT with UNKNOWN_FEATURE
// as DatasetEncoder::Create.
absl::Status ForEachPrediction(const Predictor& predictor, const dataset::Dataset& dataset,
                               const dataset::RowSelection& selection, int threads,
                               absl::FunctionRef<void(int shard, int64_t i, Prediction& prediction)> take);

// All of it, [rows of the shard's selection] a shard. Errors as above.
absl::StatusOr<std::vector<std::vector<Prediction>>> PredictRows(const Predictor& predictor,
                                                                 const dataset::Dataset& dataset,
                                                                 const dataset::RowSelection& selection, int threads);

// One number of it, of every selected row in row order. Errors as above.
absl::StatusOr<std::vector<double>> ScoreRows(const Predictor& predictor, const dataset::Dataset& dataset,
                                              const dataset::RowSelection& selection, int threads,
                                              double Scores::*number = &Scores::output);

// The probabilities of all classes, [rows x classes], of every selected row in row order; of a model of several
// classes. Errors as above.
absl::StatusOr<std::vector<double>> ClassProbabilities(const Predictor& predictor, const dataset::Dataset& dataset,
                                                       const dataset::RowSelection& selection, int threads);

// One histogram a schema column, over the selected rows of all parts. Numbers: about 20 bins of about equal counts, a
// value of many rows in a bin of its own; no bin where every row is missing. Categories: the 100 most frequent, and
// the rest under "". INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset lacks a column of the schema.
absl::StatusOr<std::vector<clientele::model::v1::FeatureHistogram>> ComputeHistograms(
    const dataset::Dataset& dataset, const dataset::RowSelection& selection, const Schema& schema, int threads = 1,
    dataset::Parts& parts = dataset::OnlyPart());

// 101 quantiles (type 7) of the scores of all parts, 0 % to 100 %; rising. `scores` are this part's.
// FAILED_PRECONDITION where there are none.
absl::StatusOr<std::vector<double>> ComputeScoreQuantiles(std::vector<double> scores,
                                                          dataset::Parts& parts = dataset::OnlyPart());

// `rows` (>= 3) made-up rows that try every feature around its training mean and every category in turn, one of unknown
// categories, one with everything missing; and what the model says of them. No customer's data.
std::vector<clientele::model::v1::GoldenRow> MakeGoldenRows(const Predictor& predictor, int rows = 8);

// INVALID_ARGUMENT with ARTIFACT_INVALID unless every golden row scores as it says, bit for bit.
absl::Status CheckGoldenRows(const Predictor& predictor);

}  // namespace clientele::model
