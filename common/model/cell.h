// One value of a row, as serving hands it to a predictor.
#pragma once

#include <limits>

#include "absl/strings/string_view.h"

namespace clientele::model {

// A number column reads `number` (NaN: missing), a category column reads `category`. Does not own its text.
struct Cell {
  double number = std::numeric_limits<double>::quiet_NaN();
  absl::string_view category;
  bool has_category = false;

  static Cell Number(double value) {
    Cell cell;
    cell.number = value;
    return cell;
  }
  static Cell Category(absl::string_view value) {
    Cell cell;
    cell.category = value;
    cell.has_category = true;
    return cell;
  }
  static Cell Missing() { return Cell(); }
};

}  // namespace clientele::model
