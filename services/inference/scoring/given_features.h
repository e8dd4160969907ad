// The features that a request gives, read off the wire into rows.
//
//   GivenFeatures given(scoring_model);   // One for all rows of a call.
//   if (given.ReadAll(subject, row)) continue;     // As quick as can be.
//   CLIENTELE_RETURN_IF_ERROR(given.Read(subject.features, [&] { return absl::StrCat("subjects[", i, "]"); }, row));
#pragma once

#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/cell.h"
#include "services/inference/scoring/score_requests.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/scoring/value_view.h"

namespace clientele::inference {

// INVALID_ARGUMENT with UNKNOWN_FEATURE: `field` names a feature the model has not; the known ones are listed.
absl::Status UnknownFeature(const ScoringModel& model, absl::string_view field, absl::string_view name);

// Thread-compatible. `model` outlives it.
class GivenFeatures {
 public:
  explicit GivenFeatures(const ScoringModel& model) : model_(model), form_(&model.form()) {}
  GivenFeatures(const GivenFeatures&) = delete;
  GivenFeatures& operator=(const GivenFeatures&) = delete;

  // Sets all cells, of [num_features], where `subject` gives all features of the model in its order, or in that of the
  // first row that was read, and each is a number. False: Read must do it. Cost: see RowForm.
  bool ReadAll(const SubjectView& subject, absl::Span<model::Cell> row) const {
    if (subject.form != &model_.form()) return form_->Read(subject.features, row);
    for (size_t f = 0; f < row.size(); ++f) row[f] = model::Cell::Number(subject.numbers[f]);
    return true;
  }

  // Sets the cells, of [num_features], of the features that the bytes of a Subject give; a value that is not set is a
  // missing one. Nothing is copied: `subject` must outlive the row. INVALID_ARGUMENT: UNKNOWN_FEATURE with the known
  // ones listed; or INVALID_FIELD, where `field` tells the subject's path: a value of the wrong type, a number that is
  // not finite, a feature given twice. Cost: a comparison of bytes for a number that comes where the model, or the row
  // before, has it; a hash of its name for any other feature.
  absl::Status Read(absl::string_view subject, absl::FunctionRef<std::string()> field, absl::Span<model::Cell> row);

 private:
  // A number that is expected: the bytes in front of it, from the tag of its NamedValue on, and whose it is.
  struct Place {
    absl::string_view front = {};
    int feature = -1;
  };

  // Reads from the front of `rest` the `index`th feature, where it is the number that is expected. How many bytes that
  // were.
  size_t ReadExpected(absl::string_view rest, size_t index, absl::Span<model::Cell> row);
  // Reads the `index`th feature, whose bytes hold the NamedValue `message`.
  absl::Status ReadOne(absl::string_view bytes, absl::string_view message, size_t index,
                       absl::FunctionRef<std::string()> field, absl::Span<model::Cell> row);
  // The next row may have it there as well.
  void Expect(absl::string_view bytes, size_t index, int feature);
  // Before the first row: it is expected to be as the model has it.
  void Begin();
  // After it: the next rows may be of its form. `size`: of its bytes.
  void Learn(size_t num_features, size_t size);
  // Whether this row has not given it yet; from now on it has.
  bool TakeFirst(int feature) { return std::exchange(seen_[feature], row_) != row_; }

  const ScoringModel& model_;
  RowForm learnt_;
  const RowForm* form_;                    // The model's, or what was learnt.
  absl::InlinedVector<int, 64> seen_;      // By feature: the last row that gave it.
  absl::InlinedVector<Place, 64> places_;  // By index in the subject's features.
  int row_ = 0;                            // Counts from 1 on. 0: neither of those is there.
};

}  // namespace clientele::inference
