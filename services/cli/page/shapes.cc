#include "services/cli/page/shapes.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"

namespace clientele::cli {
namespace {

struct Corner {
  double x;
  double y;
};

std::string Polygon(double x, double y, double radius, std::initializer_list<Corner> corners) {
  std::string path;
  for (const Corner& corner : corners) {
    absl::StrAppend(&path, path.empty() ? "M" : "L", Coordinate(x + radius * corner.x), ",",
                    Coordinate(y + radius * corner.y));
  }
  return path + "Z";
}

std::string Circle(double x, double y, double radius) {
  const std::string r = Coordinate(radius), width = Coordinate(2 * radius);
  return absl::StrCat("M", Coordinate(x - radius), ",", Coordinate(y), "a", r, ",", r, " 0 1,0 ", width, ",0a", r, ",",
                      r, " 0 1,0 -", width, ",0Z");
}

std::string Plus(double x, double y, double radius) {
  constexpr double kArm = 0.35;
  return Polygon(x, y, radius,
                 {{-kArm, -1},
                  {kArm, -1},
                  {kArm, -kArm},
                  {1, -kArm},
                  {1, kArm},
                  {kArm, kArm},
                  {kArm, 1},
                  {-kArm, 1},
                  {-kArm, kArm},
                  {-1, kArm},
                  {-1, -kArm},
                  {-kArm, -kArm}});
}

Markup Swatch(const Markup& content) {
  return Tag("svg", {{"class", "swatch"}, {"viewBox", "0 0 16 16"}, {"aria-hidden", "true"}}, content);
}

}  // namespace

std::string ColorClass(int i) { return absl::StrCat("c", i % kColors); }

std::string ShapePath(int i, double x, double y, double radius) {
  switch (i % kShapes) {
    case 0: return Circle(x, y, radius);
    case 1: return Polygon(x, y, radius, {{0, -1.1}, {1.05, 0.8}, {-1.05, 0.8}});
    case 2: return Polygon(x, y, radius, {{-0.85, -0.85}, {0.85, -0.85}, {0.85, 0.85}, {-0.85, 0.85}});
    case 3: return Polygon(x, y, radius, {{0, -1.2}, {1.2, 0}, {0, 1.2}, {-1.2, 0}});
    case 4: return Plus(x, y, 1.15 * radius);
    case 5: return Polygon(x, y, radius, {{-1.05, -0.8}, {1.05, -0.8}, {0, 1.1}});
    default: return Polygon(x, y, radius, {{-0.55, -1}, {0.55, -1}, {1.1, 0}, {0.55, 1}, {-0.55, 1}, {-1.1, 0}});
  }
}

Markup MarkSwatch(int i) {
  return Swatch(Tag("path", {{"class", absl::StrCat("mark ", ColorClass(i))}, {"d", ShapePath(i, 8, 8, 5)}}));
}

Markup LineSwatch(absl::string_view css_class) {
  return Swatch(Tag("line", {{"class", css_class}, {"x1", 0.0}, {"y1", 8.0}, {"x2", 16.0}, {"y2", 8.0}}));
}

Markup FillSwatch(absl::string_view css_class) {
  return Swatch(Tag("rect", {{"class", css_class}, {"x", 2.0}, {"y", 2.0}, {"width", 12.0}, {"height", 12.0}}));
}

}  // namespace clientele::cli
