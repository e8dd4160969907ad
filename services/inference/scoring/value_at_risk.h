// What is expected to be lost with a customer: the probability of leaving x the value expected. Pure.
//
// Of the customer's scores, the model of churn is the one whose label (of its training spec) says that the customer
// leaves:
//   1. no_purchase_within; else
//   2. an outcome or a profile attribute with "churn" in its name.
// The model of value is
//   1. a lifetime value model (the predicted value of its horizon); else
//   2. a value regression that predicts spend_within.
// Of several equally good ones it is the model whose id is "churn" or "value", else the first by name.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/model/v1/training_spec.pb.h"

namespace clientele::inference {

// Sets response.value_at_risk where both are among response.scores. `specs`, one a score, say what their models learnt.
void SetValueAtRisk(absl::Span<const clientele::model::v1::TrainingSpec* const> specs,
                    v1::ScoreCustomerResponse& response);

}  // namespace clientele::inference
