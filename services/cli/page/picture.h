// A picture as it stands on the page: a heading, the drawing, a legend, and one sentence that says what it says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/cli/page/markup.h"

namespace clientele::cli {

struct Picture {
  std::string heading;
  Markup drawing;     // SVG, or a table.
  Markup legend;      // May be empty.
  std::string says;   // Computed from the numbers, for somebody who has not seen such a picture before.
  bool wide = false;  // Takes the page's whole width.
};

Markup Figure(const Picture& picture);

// Swatches (see shapes.h), each with its text.
Markup Legend(const std::vector<std::pair<Markup, std::string>>& entries);

}  // namespace clientele::cli
