// Requests for scores, read off the wire as views into its bytes: a row of 32 features is 97 messages and texts to
// protobuf, which cost more than everything else about its score.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/inference/scoring/row_form.h"

namespace clientele::inference {

// A Subject. Its features are read by GivenFeatures once the model is known.
struct SubjectView {
  absl::string_view customer_id = {};
  int num_features = 0;
  absl::string_view features = {};  // The Subject's bytes from the first feature on.
  const RowForm* form = nullptr;    // That these are known to be of.
};

// A ScoreRequest.
struct ScoreRequestView {
  absl::string_view name = {};
  SubjectView subject = {};
  int max_reasons = 0;
  int horizon_days = 0;
  int trend_days = 0;
  std::string joined = {};  // Holds the subject where it came in several parts.
};

// A BatchScoreRequest.
struct BatchScoreRequestView {
  absl::string_view name = {};
  std::vector<SubjectView> subjects = {};
  int max_reasons = 0;
  int horizon_days = 0;
};

// INVALID_ARGUMENT: the bytes are no such message, or a customer's id is not UTF-8.
// `usual`, where it is given, is the form that features are likely to have, and lives as long as what is read.
absl::StatusOr<SubjectView> ReadSubject(absl::string_view bytes, const RowForm* usual = nullptr);
// Sets `request`, which is new.
absl::Status ReadScoreRequest(absl::string_view bytes, ScoreRequestView& request);
absl::Status ReadBatchScoreRequest(absl::string_view bytes, BatchScoreRequestView& request,
                                   const RowForm* usual = nullptr);
// The name of a BatchScoreRequest where it comes first, as all serializers have it; else "".
absl::string_view FirstName(absl::string_view bytes);

}  // namespace clientele::inference
