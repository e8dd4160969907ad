// What the rows of a client have in common: where the features are all numbers and come in one order, rows differ on
// the wire in the numbers' own bytes alone, and one comparison tells.
#pragma once

#include <cstddef>
#include <cstdint>
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
  size_t num_features() const { return features_.size(); }
  size_t num_bytes() const { return alike_.size(); }

  // Sets the numbers, [num_features] in the order they were added, of bytes of this form. False: they are not, or a
  // number is not finite, and the numbers mean nothing. Cost: a pass over the bytes, many at once.
  bool Read(absl::string_view bytes, double* numbers) const;
  // The same into the cells of all its features.
  bool Read(absl::string_view bytes, absl::Span<model::Cell> row) const;

 private:
  std::string alike_;             // What all rows have; zeros where the numbers are.
  std::string mask_;              // Ones where all rows are alike, zeros where the numbers are.
  std::vector<uint32_t> begins_;  // Of the numbers.
  std::vector<int> features_;     // Whose they are.
};

}  // namespace clientele::inference
