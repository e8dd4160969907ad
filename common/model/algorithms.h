// Every algorithm that can score, in one table. A new one is a line here, a folder beside it, and a line in the
// artifact's oneof.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/model/encoder.h"
#include "common/model/predictor.h"

namespace clientele::model {

struct Algorithm {
  clientele::model::v1::ModelArtifact::ModelCase model;
  absl::string_view name;   // The field's name in the artifact's oneof: "kmeans".
  absl::string_view title;  // For people: "K-means segmentation".
  // Checks the model against the encoder's columns and takes both. INVALID_ARGUMENT with ARTIFACT_INVALID.
  absl::StatusOr<std::shared_ptr<const Predictor>> (*make)(clientele::model::v1::ModelArtifact artifact,
                                                           RowEncoder encoder);
};

absl::Span<const Algorithm> Algorithms();

// Null: none.
const Algorithm* FindAlgorithm(clientele::model::v1::ModelArtifact::ModelCase model);

}  // namespace clientele::model
