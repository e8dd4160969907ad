#include "services/cli/page/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/cli/output/table.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {
namespace {

constexpr double kWidth = 400;
constexpr double kTextWidth = 7;  // Of a character.
constexpr double kTextHeight = 13;
constexpr int kLongestName = 29;  // Columns of text.
constexpr double kRise = 0.6;     // Of slanted names: sine of their angle.

bool Finite(const Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

double WidthOf(const std::vector<std::string>& texts) {
  int columns = 0;
  for (const std::string& text : texts) columns = std::max(columns, DisplayWidth(text));
  return kTextWidth * columns;
}

std::vector<std::string> ShortNames(const Axis& axis) {
  std::vector<std::string> names;
  for (const std::string& name : axis.names) names.push_back(Shortened(name, kLongestName));
  return names;
}

std::vector<std::string> TextsOf(const Axis& axis) {
  if (!axis.names.empty()) return ShortNames(axis);
  return TickTexts(Scale(axis.range, {0, 1}, axis.kind).Ticks(axis.tick_count), axis);
}

absl::string_view AnchorName(Anchor anchor) {
  return anchor == Anchor::kStart ? "start" : anchor == Anchor::kEnd ? "end" : "middle";
}

Markup TextAt(double x, double y, Anchor anchor, absl::string_view css_class, absl::string_view text) {
  return TextTag("text", {{"class", css_class}, {"x", x}, {"y", y}, {"text-anchor", AnchorName(anchor)}}, text);
}

Markup LineAt(Point from, Point to, absl::string_view css_class) {
  return Tag("line", {{"class", css_class}, {"x1", from.x}, {"y1", from.y}, {"x2", to.x}, {"y2", to.y}});
}

bool Slanted(const Axis& x, double plot_width) {
  return !x.names.empty() && WidthOf(ShortNames(x)) > 0.95 * plot_width / static_cast<double>(x.names.size());
}

}  // namespace

Chart::Frame Chart::FrameOf(const Axis& x, const Axis& y, double height) {
  constexpr double kTop = 28, kRight = 24, kTickGap = 8, kXLabel = 22;
  Frame frame{};
  frame.left = std::max(30.0, WidthOf(TextsOf(y)) + kTickGap + 6);
  frame.right = kWidth - kRight;
  frame.top = kTop;
  frame.bottom = kTop + height;
  frame.width = kWidth;
  const bool slanted = Slanted(x, frame.right - frame.left);
  const double texts = slanted ? kRise * WidthOf(ShortNames(x)) + kTextHeight : kTextHeight;
  frame.height = frame.bottom + kTickGap + texts + kXLabel;
  return frame;
}

Chart::Chart(Axis x, Axis y, double height)
    : x_(std::move(x)),
      y_(std::move(y)),
      frame_(FrameOf(x_, y_, height)),
      x_scale_(x_.range, {frame_.left, frame_.right}, x_.kind),
      y_scale_(y_.range, y_.names.empty() ? Range{frame_.bottom, frame_.top} : Range{frame_.top, frame_.bottom},
               y_.kind) {}

void Chart::Guide(Point from, Point to) {
  if (Finite(from) && Finite(to)) guides_.Add(LineAt(Place(from), Place(to), "guide"));
}

std::string Chart::Polyline(absl::Span<const Point> points) const {
  std::string text;
  for (const Point& point : points) {
    if (!Finite(point)) continue;
    const Point at = Place(point);
    absl::StrAppend(&text, text.empty() ? "" : " ", Coordinate(at.x), ",", Coordinate(at.y));
  }
  return text;
}

void Chart::Line(absl::Span<const Point> points, absl::string_view css_class) {
  const std::string path = Polyline(points);
  if (!path.empty()) marks_.Add(Tag("polyline", {{"class", css_class}, {"points", path}}));
}

void Chart::Area(absl::Span<const Point> points, double base, absl::string_view css_class) {
  std::vector<Point> outline;
  std::copy_if(points.begin(), points.end(), std::back_inserter(outline), Finite);
  if (outline.empty()) return;
  const double first = outline.front().x, last = outline.back().x;
  outline.push_back({last, base});
  outline.push_back({first, base});
  marks_.Add(Tag("polyline", {{"class", css_class}, {"points", Polyline(outline)}}));
}

void Chart::Band(absl::Span<const Point> lower, absl::Span<const Point> upper, absl::string_view css_class) {
  std::vector<Point> outline(upper.begin(), upper.end());
  outline.insert(outline.end(), lower.rbegin(), lower.rend());
  Line(outline, css_class);
}

void Chart::Segment(Point from, Point to, absl::string_view css_class) {
  if (Finite(from) && Finite(to)) marks_.Add(LineAt(Place(from), Place(to), css_class));
}

void Chart::Box(Point from, Point to, absl::string_view css_class, absl::string_view tooltip, double opacity) {
  if (!Finite(from) || !Finite(to)) return;
  const Point a = Place(from), b = Place(to);
  const Markup title = tooltip.empty() ? Markup() : TextTag("title", {}, tooltip);
  marks_.Add(Tag("rect",
                 {{"class", css_class},
                  {"x", std::min(a.x, b.x)},
                  {"y", std::min(a.y, b.y)},
                  {"width", std::abs(a.x - b.x)},
                  {"height", std::abs(a.y - b.y)},
                  {"fill-opacity", opacity}},
                 title));
}

void Chart::Mark(Point at, int series, double radius, absl::string_view tooltip) {
  if (!Finite(at)) return;
  const Point place = Place(at);
  marks_.Add(
      Tag("path",
          {{"class", absl::StrCat("mark ", ColorClass(series))}, {"d", ShapePath(series, place.x, place.y, radius)}},
          tooltip.empty() ? Markup() : TextTag("title", {}, tooltip)));
}

void Chart::Marks(absl::Span<const Point> points, int series, double radius, absl::string_view css_class) {
  std::string path;
  for (const Point& point : points) {
    if (!Finite(point)) continue;
    const Point place = Place(point);
    path += ShapePath(series, place.x, place.y, radius);
  }
  if (path.empty()) return;
  marks_.Add(Tag("path", {{"class", absl::StrCat(css_class, " ", ColorClass(series))}, {"d", path}}));
}

void Chart::Label(Point at, absl::string_view text, Anchor anchor, Point moved, absl::string_view css_class) {
  if (!Finite(at)) return;
  const Point place = Place(at);
  marks_.Add(TextAt(place.x + moved.x, place.y + moved.y, anchor, css_class, text));
}

Markup Chart::XAxis() const {
  Markup axis;
  const double y = frame_.bottom + kTextHeight + 4;
  const bool slanted = Slanted(x_, frame_.right - frame_.left);
  const std::vector<std::string> texts = TextsOf(x_);
  const std::vector<double> ticks = x_scale_.Ticks(x_.tick_count);
  for (size_t i = 0; i < texts.size(); ++i) {
    const double x = x_scale_(x_.names.empty() ? ticks[i] : static_cast<double>(i) + 0.5);
    if (x_.names.empty()) axis.Add(LineAt({x, frame_.top}, {x, frame_.bottom}, "tick-line"));
    if (!slanted) {
      axis.Add(TextAt(x, y, Anchor::kMiddle, "tick", texts[i]));
      continue;
    }
    const std::string turn = absl::StrCat("rotate(-37 ", Coordinate(x), " ", Coordinate(y - 4), ")");
    axis.Add(TextTag("text", {{"class", "tick"}, {"x", x}, {"y", y - 4}, {"text-anchor", "end"}, {"transform", turn}},
                     texts[i]));
  }
  return axis.Add(TextAt(frame_.right, frame_.height - 6, Anchor::kEnd, "axis-label", x_.label));
}

Markup Chart::YAxis() const {
  Markup axis;
  const std::vector<std::string> texts = TextsOf(y_);
  const std::vector<double> ticks = y_scale_.Ticks(y_.tick_count);
  for (size_t i = 0; i < texts.size(); ++i) {
    const double y = y_scale_(y_.names.empty() ? ticks[i] : static_cast<double>(i) + 0.5);
    if (y_.names.empty()) axis.Add(LineAt({frame_.left, y}, {frame_.right, y}, "tick-line"));
    axis.Add(TextAt(frame_.left - 7, y + 4, Anchor::kEnd, "tick", texts[i]));
  }
  return axis.Add(TextAt(2, kTextHeight, Anchor::kStart, "axis-label", y_.label));
}

Markup Chart::Svg(absl::string_view title, absl::string_view description) const {
  Markup content = TextTag("title", {}, title);
  content.Add(TextTag("desc", {}, description)).Add(XAxis()).Add(YAxis()).Add(guides_).Add(marks_);
  content.Add(LineAt({frame_.left, frame_.bottom}, {frame_.right, frame_.bottom}, "frame"));
  if (marks_.empty()) {
    content.Add(TextAt((frame_.left + frame_.right) / 2, (frame_.top + frame_.bottom) / 2, Anchor::kMiddle, "label",
                       "Nothing to show here"));
  }
  const std::string view_box = absl::StrCat("0 0 ", Coordinate(frame_.width), " ", Coordinate(frame_.height));
  return Tag("svg", {{"class", "chart"}, {"viewBox", view_box}, {"role", "img"}, {"aria-label", title}}, content);
}

}  // namespace clientele::cli
