// What tells series apart, by colour and by shape, so that neither a colour-blind reader nor a grey print loses them.
#pragma once

#include <string>

#include "services/cli/page/markup.h"

namespace clientele::cli {

// The stylesheet's colours c0 to c7 (Okabe and Ito, "Color Universal Design", 2008).
inline constexpr int kColors = 8;
inline constexpr int kShapes = 7;

// "c3": the i-th series' colour, i >= 0; they repeat.
std::string ColorClass(int i);

// The i-th series' mark around (x, y), `radius` pixels to each side, as path data. 7 shapes and 8 colours: the pairs
// repeat after 56.
std::string ShapePath(int i, double x, double y, double radius);

// For a legend: the i-th series' mark, a piece of a line, or a filled square. Hidden from screen readers: the text
// beside it says the same.
Markup MarkSwatch(int i);
Markup LineSwatch(absl::string_view css_class);
Markup FillSwatch(absl::string_view css_class);

}  // namespace clientele::cli
