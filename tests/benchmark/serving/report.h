// The table: a line as soon as it is measured, each figure beside what it is held against.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::benchmark {

struct Line {
  std::string what;
  std::string figure;  // Ours.
  std::string beside;  // The floor or base, from the same run.
  double ratio = 0;    // Ours to that.
  std::string goal;    // "<= 1.15"
};

void PrintHeader();
void PrintLine(const Line& line);
// What could not be measured, and why.
void PrintSkipped(absl::string_view what, absl::string_view why);

}  // namespace clientele::benchmark
