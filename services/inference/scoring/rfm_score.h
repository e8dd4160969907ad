// What an RFM model says of a customer, as a message.
#pragma once

#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/model/v1/rfm.pb.h"
#include "common/model/predictor.h"

namespace clientele::inference {

// `prediction` is of the model.
void SetRfmSegment(const clientele::model::v1::RfmModel& model, const model::Prediction& prediction,
                   v1::Score::RfmSegment& result);

}  // namespace clientele::inference
