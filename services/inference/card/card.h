// A version's model card: what it is for, what it was made of, how good it is and where it must not be trusted
// (Mitchell et al. 2019). Found from the artifact and the version's record alone. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/model/v1/model_card.pb.h"

namespace clientele::inference {

// `version` is the artifact's, with its aliases; `now` tells how old the data is.
// INVALID_ARGUMENT with ARTIFACT_INVALID: its schema and preprocessing do not agree.
absl::StatusOr<clientele::model::v1::ModelCard> MakeModelCard(const clientele::model::v1::ModelArtifact& artifact,
                                                              const v1::ModelVersion& version, absl::Time now);

}  // namespace clientele::inference
