#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/shapes.h"
#include "services/cli/page/survival_pictures.h"

namespace clientele::cli {

using model::v1::SurvivalEvaluation;
using Curve = SurvivalEvaluation::Curve;

namespace {

constexpr int kMostCurves = 8;
constexpr int kMostBands = 4;    // More of them would hide each other.
constexpr int kMostSteps = 250;  // Of a curve; finer ones cannot be seen.
constexpr int kMarks = 5;        // That tell a curve without its colour.

// (time, value), from (0, 1) on; a step falls at its time.
std::vector<Point> StepsOf(const Curve& curve, const google::protobuf::RepeatedField<double>& values,
                           bool smooth = false) {
  std::vector<Point> steps = {{0, 1}};
  const int count = std::min(curve.times_size(), values.size()), every = count / kMostSteps + 1;
  for (int i = 0; i < count; ++i) {
    if (i % every != 0 && i + 1 != count) continue;
    if (!smooth) steps.push_back({curve.times(i), steps.back().y});
    steps.push_back({curve.times(i), values[i]});
  }
  return steps;
}

// The value of a step curve at a time.
double At(double time, const std::vector<Point>& steps) {
  double value = NAN;
  for (const Point& step : steps) {
    if (step.x <= time) value = step.y;
  }
  return value;
}

Range TimesOf(const google::protobuf::RepeatedPtrField<Curve>& curves) {
  std::vector<double> times = {0};
  for (const Curve& curve : curves) times.insert(times.end(), curve.times().begin(), curve.times().end());
  return RangeOf(times);
}

Chart Frame(const Range& times, absl::string_view unit) {
  return {Axis::Numbers(absl::StrCat("Time since the beginning (", unit, ")"), times),
          Axis::Shares("Still there (share of customers)"), 260};
}

// Each curve's own marks, not above one another's.
void DrawMarks(const std::vector<Point>& steps, int series, double end, Chart& chart) {
  for (int i = 0; i < kMarks; ++i) {
    const double time = end * (i + 0.5 + 0.1 * series) / kMarks;
    if (time <= steps.back().x) chart.Mark({time, At(time, steps)}, series, 4, "");
  }
}

// Those to draw: the groups, or all where there are none.
std::vector<const Curve*> GroupsOf(const SurvivalEvaluation& evaluation) {
  std::vector<const Curve*> curves;
  const int first = evaluation.curves_size() > 2 ? 1 : 0;  // One group is all.
  for (int i = first; i < evaluation.curves_size() && static_cast<int>(curves.size()) < kMostCurves; ++i) {
    curves.push_back(&evaluation.curves(i));
  }
  return curves;
}

std::string NameOf(const Curve& curve) { return curve.group().empty() ? "all customers" : curve.group(); }

std::string MedianInWords(const Curve& curve, absl::string_view unit) {
  if (!curve.has_median()) return absl::StrCat("of ", NameOf(curve), " fewer than half left while they were watched");
  const std::string interval = curve.has_median_lower() && curve.has_median_upper()
                                   ? Between(curve.median_lower(), curve.median_upper(), &Plain)
                                   : "";
  return absl::StrCat("half of ", NameOf(curve), " have left after ", Plain(curve.median()), " ", unit,
                      interval.empty() ? "" : absl::StrCat(" (95 % interval ", interval, ")"));
}

std::string Says(const SurvivalEvaluation& evaluation, const std::vector<const Curve*>& curves,
                 absl::string_view unit) {
  if (curves.empty()) return "";
  std::string says = MedianInWords(*curves.front(), unit);
  if (curves.size() > 1) absl::StrAppend(&says, "; ", MedianInWords(*curves.back(), unit));
  if (evaluation.has_log_rank()) {
    const double p = evaluation.log_rank().test().p_value();
    absl::StrAppend(&says, ". The groups ", p < 0.05 ? "differ" : "cannot be told apart", " (log-rank test, p-value ",
                    PValue(p), ")");
  }
  return says + ".";
}

// What was seen of the model curve's group; null: nothing.
const Curve* SeenOf(const SurvivalEvaluation& evaluation, const Curve& curve) {
  if (evaluation.curves().empty()) return nullptr;
  if (evaluation.model_curves_size() == 1) return &evaluation.curves(0);
  for (const Curve& seen : evaluation.curves()) {
    if (seen.group() == curve.group()) return &seen;
  }
  return nullptr;
}

}  // namespace

Picture KaplanMeierPicture(const SurvivalEvaluation& evaluation, absl::string_view unit) {
  const std::vector<const Curve*> curves = GroupsOf(evaluation);
  const Range times = TimesOf(evaluation.curves());
  Chart chart = Frame(times, unit);
  std::vector<std::pair<Markup, std::string>> legend;
  const bool bands = curves.size() <= kMostBands;
  for (size_t i = 0; bands && i < curves.size(); ++i) {
    chart.Band(StepsOf(*curves[i], curves[i]->lower()), StepsOf(*curves[i], curves[i]->upper()),
               "area " + ColorClass(static_cast<int>(i)));
  }
  for (size_t i = 0; i < curves.size(); ++i) {
    const int series = static_cast<int>(i);
    const std::vector<Point> steps = StepsOf(*curves[i], curves[i]->survival());
    chart.Line(steps, "line " + ColorClass(series));
    DrawMarks(steps, series, times.high, chart);
    legend.emplace_back(MarkSwatch(series),
                        absl::StrCat(NameOf(*curves[i]), " (", FormatCount(curves[i]->rows()), ")"));
  }
  if (bands && !curves.empty()) legend.emplace_back(FillSwatch("area c0"), "95 % interval");
  const std::string says = Says(evaluation, curves, unit);
  return {.heading = "How long customers stay (Kaplan-Meier)",
          .drawing = chart.Svg("Kaplan-Meier curves", says),
          .legend = Legend(legend),
          .says = says};
}

Picture ModelCurvesPicture(const SurvivalEvaluation& evaluation, absl::string_view unit, bool smooth) {
  const Range times = Union(TimesOf(evaluation.model_curves()), TimesOf(evaluation.curves()));
  Chart chart = Frame(times, unit);
  std::vector<std::pair<Markup, std::string>> legend;
  double furthest = 0;
  for (int i = 0; i < std::min(kMostCurves, evaluation.model_curves_size()); ++i) {
    const Curve& curve = evaluation.model_curves(i);
    const std::vector<Point> model = StepsOf(curve, curve.survival(), smooth);
    if (const Curve* seen = SeenOf(evaluation, curve); seen != nullptr) {
      const std::vector<Point> steps = StepsOf(*seen, seen->survival());
      chart.Line(steps, absl::StrCat("line thin ", ColorClass(i)));
      for (const Point& step : steps) {
        const double off = step.x <= model.back().x ? std::abs(step.y - At(step.x, model)) : 0;
        if (std::isfinite(off)) furthest = std::max(furthest, off);
      }
    }
    chart.Line(model, absl::StrCat("line dashed ", ColorClass(i)));
    DrawMarks(model, i, times.high, chart);
    legend.emplace_back(MarkSwatch(i), curve.group().empty() ? std::string("the average customer") : curve.group());
  }
  legend.emplace_back(LineSwatch("line dashed c0"), "by the model");
  legend.emplace_back(LineSwatch("line thin c0"), "seen (Kaplan-Meier)");
  const std::string says = absl::StrCat(
      "the model's curve is of a customer who is average in everything it looks at, the other of all as they "
      "are, so they need not be the same; they are at most ",
      Significant(100 * furthest, 2), " points apart.");
  return {.heading = "How long the model says customers stay",
          .drawing = chart.Svg("The model's survival curves", says),
          .legend = Legend(legend),
          .says = says};
}

}  // namespace clientele::cli
