// What the rows of a client have in common: where the features are all numbers and come in one order, rows differ on
// the wire in the numbers' own bytes alone, and one comparison tells.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/cell.h"

namespace clientele::inference {

// Thread-compatible. Without a feature nothing has this form.
class RowForm {
 public:
  // The next feature is a number, which begins on the wire with `front`: see ScoringModel::NumberFront.
  void Add(absl::string_view front, int feature);
  size_t num_features() const { return places_.size(); }
  size_t num_bytes() const { return alike_.size(); }

  // Whether the bytes are of this form. Cost: a pass over them, without a branch a feature.
  bool Fits(absl::string_view bytes) const;
  // Sets the cells of all its features from bytes that fit. False: a number is not finite, and the cells mean nothing.
  // Cost: a look at each number.
  bool ReadFitting(absl::string_view bytes, absl::Span<model::Cell> row) const;
  bool Read(absl::string_view bytes, absl::Span<model::Cell> row) const {
    return Fits(bytes) && ReadFitting(bytes, row);
  }

 private:
  struct Place {
    size_t begin;  // Of the number.
    int feature;
  };

  std::string alike_;  // What all rows have; zeros where the numbers are.
  std::string mask_;   // Ones where all rows are alike, zeros where the numbers are.
  std::vector<Place> places_;
};

}  // namespace clientele::inference
