// What a training report is made from.
#pragma once

#include <string>

#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/model/v1/model_card.pb.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

struct ModelReport {
  inference::v1::ModelVersion version;
  model::v1::ModelCard card;
  PenaltyPathPoints penalty_path;  // Where the penalty was chosen by cross-validation.
  std::string currency;            // Of values: "EUR". Empty: not known.
};

}  // namespace clientele::cli
