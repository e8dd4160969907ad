// Requests for scores, read off the wire as views into its bytes: a row of 32 features is 97 messages and texts to
// protobuf, which cost more than everything else about its score.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "services/inference/scoring/row_form.h"

namespace clientele::inference {

// A Subject. Its features are read by GivenFeatures once the model is known.
struct SubjectView {
  absl::string_view customer_id = {};
  int num_features = 0;
  absl::string_view features = {};  // The Subject's bytes from the first feature on.
  const RowForm* form = nullptr;    // That these are known to be of.
  const double* numbers = nullptr;  // Theirs, in the form's order, where it is known.
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
  std::unique_ptr<double[]> numbers = nullptr;  // Holds those of subjects of a known form.
  std::deque<std::string> joined = {};          // Hold what did not lie in one piece.
};

// INVALID_ARGUMENT: the bytes are no such message, or a customer's id is not UTF-8.
// Sets `request`, which is new.
absl::Status ReadScoreRequest(absl::string_view bytes, ScoreRequestView& request);

// The form that features are likely to have, of what scores by this name, which is "" where none stands in front of the
// subjects; it lives as long as the request. Null: it is not known.
using FormOf = absl::FunctionRef<const RowForm*(absl::string_view name)>;
// The same of a message of `size` bytes, whose pieces live as long as the request: they are read where they lie. A
// subject of the likely form is read in one pass, numbers and all.
absl::Status ReadBatchScoreRequest(google::protobuf::io::ZeroCopyInputStream& wire, size_t size, FormOf form_of,
                                   BatchScoreRequestView& request);
absl::Status ReadBatchScoreRequest(absl::string_view bytes, BatchScoreRequestView& request);

}  // namespace clientele::inference
