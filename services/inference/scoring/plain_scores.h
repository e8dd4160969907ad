// Scores that are a number and its standing, written down at once as the bytes of a Score: for a thousand rows a call
// the message in between cost as much as everything else about their scores.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/model/predictor.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

// Thread-compatible. All it is given outlives it.
class PlainScores {
 public:
  // Whether scores of the model are such: a probability, or a value.
  static bool Are(const ScoringModel& model);

  // Of a model whose scores are such.
  PlainScores(const ScoringModel& model, const Tiers& tiers);

  // What SetScore and SetStanding say of a prediction in which nothing is explained and nothing was imputed, and whose
  // it is: the bytes that protobuf would give. They hold until the next are asked for.
  absl::string_view Write(const model::Prediction& prediction, absl::string_view customer_id);

 private:
  const ScoringModel& model_;
  const Tiers& tiers_;
  const double threshold_, coverage_;  // Of a probability; of a value's interval.
  const size_t least_room_;            // Without the customer's id.
  std::string room_;
};

}  // namespace clientele::inference
