// An RFM score for people.
#pragma once

#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"

namespace clientele::cli {

// "Champions (recency 5, frequency 4, monetary 5)"
std::string RfmText(const inference::v1::Score::RfmSegment& segment);

// "What to do: reward them"; empty where the model suggests nothing.
std::string RfmAdvice(const inference::v1::Score::RfmSegment& segment);

}  // namespace clientele::cli
