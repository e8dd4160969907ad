// The frame of every picture: two axes with round marks and labels, and what is drawn between them in data units.
//
//   Chart chart(Axis::Shares("Called positive by mistake"), Axis::Shares("Found"));
//   chart.Guide({0, 0}, {1, 1});
//   chart.Line(points, "line c0");
//   chart.Svg("ROC curve", "Rises to 62 % found at 10 % by mistake.")
//
// Colours, widths and fonts are the stylesheet's, by class. Values that are not finite are left out; a chart in which
// nothing was drawn says so.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/cli/page/axis.h"
#include "services/cli/page/markup.h"

namespace clientele::cli {

struct Point {
  double x = 0;
  double y = 0;
};

// Of messages with x and y.
template <class Messages>
std::vector<Point> ToPoints(const Messages& messages) {
  std::vector<Point> points;
  for (const auto& message : messages) points.push_back({message.x(), message.y()});
  return points;
}

enum class Anchor { kStart, kMiddle, kEnd };

// Thread-compatible.
class Chart {
 public:
  // `height` of the plot area, in units of which the picture is 400 wide.
  Chart(Axis x, Axis y, double height = 240);

  // A line that is no data: a diagonal, a threshold.
  void Guide(Point from, Point to);

  void Line(absl::Span<const Point> points, absl::string_view css_class);
  // Between the points and y = `base`.
  void Area(absl::Span<const Point> points, double base, absl::string_view css_class);
  // Between a lower and an upper line of the same places.
  void Band(absl::Span<const Point> lower, absl::Span<const Point> upper, absl::string_view css_class);
  void Segment(Point from, Point to, absl::string_view css_class);
  // The rectangle between two corners; `tooltip` may be empty. `opacity` in [0, 1].
  void Box(Point from, Point to, absl::string_view css_class, absl::string_view tooltip, double opacity = 1);
  // The series' mark (see shapes.h).
  void Mark(Point at, int series, double radius, absl::string_view tooltip);
  // Many of one series, in one path.
  void Marks(absl::Span<const Point> points, int series, double radius, absl::string_view css_class);
  // Moved by so many units of the picture.
  void Label(Point at, absl::string_view text, Anchor anchor, Point moved = {}, absl::string_view css_class = "label");

  // An image for screen readers too: `title` is its name, `description` what it shows.
  Markup Svg(absl::string_view title, absl::string_view description) const;

 private:
  struct Frame {
    double left, top, right, bottom, width, height;
  };
  static Frame FrameOf(const Axis& x, const Axis& y, double height);
  Point Place(Point at) const { return {x_scale_(at.x), y_scale_(at.y)}; }
  std::string Polyline(absl::Span<const Point> points) const;
  Markup XAxis() const;
  Markup YAxis() const;

  const Axis x_;
  const Axis y_;
  const Frame frame_;
  const Scale x_scale_;
  const Scale y_scale_;
  Markup guides_;
  Markup marks_;
};

}  // namespace clientele::cli
