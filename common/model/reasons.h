// Why a row scores as it does, in words.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "clientele/common/v1/attribute.pb.h"
#include "common/model/predictor.h"

namespace clientele::model {

struct Reason {
  int feature = 0;  // Index in the schema.
  clientele::common::v1::Value value;  // As it was scored: a missing number as imputed, a missing category as nothing.
  double contribution = 0;
  std::string text;  // "Days since last purchase 212 (average 48) raises it".
};

// At most `max_reasons`, strongest first (then in the schema's order), none with a contribution of 0. `prediction` must
// come from Predict(row, /*explain=*/true).
std::vector<Reason> ExplainInWords(const Predictor& predictor, absl::Span<const Cell> row, const Prediction& prediction,
                                   int max_reasons);

}  // namespace clientele::model
