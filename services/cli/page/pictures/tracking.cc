#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;
using TrackingPoint = LifetimeValueEvaluation::TrackingPoint;
using Points = google::protobuf::RepeatedPtrField<TrackingPoint>;

namespace {

constexpr double kWeek = 7;

// What one of the two pictures shows.
struct Measure {
  double (*actual)(const TrackingPoint&);
  double (*expected)(const TrackingPoint&);
  bool from_zero = false;  // Begins at nothing on day 0.
};

struct Tracks {
  std::vector<Point> actual, expected;
  double holdout_begins = NAN;  // In weeks; NaN: no bin lies in the holdout.
  double end = 1;               // In weeks.
  double highest = 0;
};

Tracks TracksOf(const Points& points, const Measure& measure) {
  Tracks tracks;
  if (measure.from_zero && !points.empty()) tracks.actual = tracks.expected = {{0, 0}};
  double last = 0;
  for (const TrackingPoint& point : points) {
    if (point.holdout() && std::isnan(tracks.holdout_begins)) tracks.holdout_begins = last;
    last = point.day() / kWeek;
    tracks.actual.push_back({last, measure.actual(point)});
    tracks.expected.push_back({last, measure.expected(point)});
    for (const double value : {measure.actual(point), measure.expected(point)}) {
      if (std::isfinite(value)) tracks.highest = std::max(tracks.highest, value);
    }
    if (std::isfinite(last)) tracks.end = std::max(tracks.end, last);
  }
  return tracks;
}

Markup Draw(const Tracks& tracks, absl::string_view y_label, absl::string_view title, absl::string_view says) {
  const Range y = Rounded({0, tracks.highest}, 5);
  Chart chart(Axis::Numbers("Weeks after the first customer came", {0, tracks.end}), Axis::Numbers(y_label, y));
  const double begins = tracks.holdout_begins;
  chart.Guide({begins, y.low}, {begins, y.high});
  chart.Line(tracks.actual, "line c1");
  chart.Line(tracks.expected, "line dashed c0");
  const bool at_the_end = begins > 0.8 * tracks.end;
  chart.Label({begins, y.low}, "held out", at_the_end ? Anchor::kEnd : Anchor::kStart, {at_the_end ? -5.0 : 5.0, -6});
  return chart.Svg(title, says);
}

Markup TrackingLegend(const Tracks& tracks) {
  std::vector<std::pair<Markup, std::string>> entries = {{LineSwatch("line c1"), "actual"},
                                                         {LineSwatch("line dashed c0"), "expected by the model"}};
  if (std::isfinite(tracks.holdout_begins)) entries.emplace_back(LineSwatch("guide"), "the holdout begins");
  return Legend(entries);
}

// "1,020 were made and 980 expected, 3.9 % fewer".
std::string MadeAndExpected(double actual, double expected) {
  std::string text = absl::StrCat(Significant(actual, 4), " were made and ", Significant(expected, 4), " expected");
  const double off = expected / actual - 1;
  if (std::isfinite(off)) absl::StrAppend(&text, ", ", Share(std::abs(off)), off < 0 ? " fewer" : " more");
  return text;
}

std::string SaysOfAll(const LifetimeValueEvaluation& evaluation) {
  if (evaluation.tracking().empty()) return "";
  const TrackingPoint& last = *evaluation.tracking().rbegin();
  std::string says =
      absl::StrCat("of all repeat purchases ", MadeAndExpected(last.actual_cumulative(), last.expected_cumulative()));
  double actual = 0, expected = 0;
  for (const TrackingPoint& point : evaluation.tracking()) {
    if (!point.holdout()) continue;
    actual += point.actual();
    expected += point.expected();
  }
  if (last.holdout()) absl::StrAppend(&says, "; in the holdout alone ", MadeAndExpected(actual, expected));
  return says + ".";
}

// The first bin ends so many days after the first customer came.
double BinDays(const Points& points) { return points.empty() ? kWeek : points[0].day(); }

// Without the last bin where the end of the window cuts it short: fewer days bring fewer purchases, which would look
// like a fall.
Points WholeBins(Points points) {
  const int last = points.size() - 1;
  if (last > 0 && points[last].day() - points[last - 1].day() < BinDays(points)) points.RemoveLast();
  return points;
}

// Whether the actual line moves around the expected one: in the holdout, where there is one.
std::string SaysOfSides(const Points& points) {
  const bool holdout =
      std::any_of(points.begin(), points.end(), [](const TrackingPoint& point) { return point.holdout(); });
  int bins = 0, above = 0;
  for (const TrackingPoint& point : points) {
    if (point.holdout() != holdout) continue;
    ++bins;
    above += point.actual() > point.expected() ? 1 : 0;
  }
  return absl::StrCat("in ", above, " of ", bins, holdout ? " bins of the holdout" : " bins",
                      " more purchases were made than expected. The expected line is smooth, for the model knows no "
                      "seasons; what counts is that the actual line moves around it and does not stay to one side.");
}

}  // namespace

Picture CumulativeTrackingPicture(const LifetimeValueEvaluation& evaluation) {
  const Tracks tracks =
      TracksOf(evaluation.tracking(), {[](const TrackingPoint& point) { return point.actual_cumulative(); },
                                       [](const TrackingPoint& point) { return point.expected_cumulative(); },
                                       /*from_zero=*/true});
  const std::string says = SaysOfAll(evaluation);
  return {.heading = "Repeat purchases so far (cumulative tracking)",
          .drawing = Draw(tracks, "Repeat purchases so far, of all customers", "Cumulative tracking", says),
          .legend = TrackingLegend(tracks),
          .says = says};
}

Picture IncrementalTrackingPicture(const LifetimeValueEvaluation& evaluation) {
  const Points points = WholeBins(evaluation.tracking());
  const Tracks tracks = TracksOf(points, {[](const TrackingPoint& point) { return point.actual(); },
                                          [](const TrackingPoint& point) { return point.expected(); }});
  const double days = BinDays(points);
  const std::string bin = days == kWeek ? "a week" : absl::StrCat("in ", Significant(days), " days");
  const std::string says = SaysOfSides(points);
  return {.heading = absl::StrCat("Repeat purchases ", bin, " (incremental tracking)"),
          .drawing =
              Draw(tracks, absl::StrCat("Repeat purchases ", bin, ", of all customers"), "Incremental tracking", says),
          .legend = TrackingLegend(tracks),
          .says = says};
}

}  // namespace clientele::cli
