// Where a version must not be trusted, found by rules: each looks at one thing and says nothing where all is well.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/model/v1/model_card.pb.h"

namespace clientele::inference {

// What the rules look at.
struct CardFacts {
  const clientele::model::v1::ModelArtifact& artifact;
  const v1::ModelVersion& version;
  // With importance and missing shares.
  const google::protobuf::RepeatedPtrField<clientele::model::v1::ModelCard::CardFeature>& features;
  int label_days;  // How far past as_of the label looks: so old the newest data must be.
  absl::Time now;
};

// Most severe first, then in the rules' order.
std::vector<clientele::model::v1::ModelCard::Limit> FindLimits(const CardFacts& facts);

}  // namespace clientele::inference
