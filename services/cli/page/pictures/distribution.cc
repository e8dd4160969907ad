#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;
using Distribution = LifetimeValueEvaluation::Distribution;

namespace {

struct Naming {
  std::string heading;
  std::string axis;
};

Naming NamingOf(const Distribution& distribution, absl::string_view currency) {
  const std::string& unit = distribution.unit();
  const auto with_unit = [&](absl::string_view name) {
    return unit.empty() ? std::string(name) : absl::StrCat(name, ", ", unit);
  };
  if (distribution.quantity() == "purchase_rate") {
    return unit.empty() ? Naming{"How likely customers buy in a period", "Probability of a purchase in a period"}
                        : Naming{"How often customers buy while they stay", with_unit("Purchases of a customer")};
  }
  if (distribution.quantity() == "dropout_rate") {
    return {"How fast customers leave", with_unit("Rate at which a customer leaves")};
  }
  if (distribution.quantity() == "dropout_probability") {
    return {"How likely customers leave", "Probability of leaving at each chance to"};
  }
  if (distribution.quantity() == "mean_spend") {
    return {"What customers spend on a purchase, by the model",
            absl::StrCat("Mean spend of a customer (", currency, ")")};
  }
  return {distribution.quantity(), with_unit(distribution.quantity())};
}

// Where a density has no bound at an end, it is cut there, for that end would flatten the rest.
double TopOf(std::vector<double> heights) {
  if (heights.empty()) return 1;
  constexpr double kSteepest = 4;
  std::sort(heights.begin(), heights.end());
  const double usual = heights[heights.size() * 9 / 10];
  return usual > 0 ? std::min(heights.back(), kSteepest * usual) : heights.back();
}

std::string Says(const Distribution& distribution, absl::string_view currency) {
  const std::string& unit = distribution.unit();
  const std::string per = distribution.quantity() == "mean_spend" ? absl::StrCat(" ", currency)
                          : unit.empty()                          ? ""
                                                                  : absl::StrCat(" ", unit);
  std::string says = absl::StrCat("over all customers the mean is ", Significant(distribution.mean()), per);
  const double ratio = distribution.deviation() / distribution.mean();
  if (!std::isfinite(ratio)) return says + ".";
  return absl::StrCat(says, ", and they differ from it by a standard deviation of ",
                      Significant(distribution.deviation()), ", ", Significant(ratio, 2), " times the mean: ",
                      ratio >= 1    ? "they are very unlike each other."
                      : ratio > 0.3 ? "they are unlike each other."
                                    : "they are much alike.");
}

}  // namespace

Picture DistributionPicture(const Distribution& distribution, absl::string_view currency) {
  const Naming naming = NamingOf(distribution, currency);
  std::vector<double> places = {0}, heights;
  for (const auto& point : distribution.density()) {
    places.push_back(point.x());
    if (std::isfinite(point.y()) && point.y() >= 0) heights.push_back(point.y());
  }
  const Range y = Rounded({0, TopOf(heights)}, 4);
  Axis density = Axis::Numbers("Density of customers", y);
  density.tick_count = 4;
  Chart chart(Axis::Numbers(naming.axis, RangeOf(places)), density, 160);
  const std::vector<Point> curve = ToPoints(distribution.density());
  chart.Area(curve, 0, "area c2");
  chart.Line(curve, "line c2");
  chart.Guide({distribution.mean(), y.low}, {distribution.mean(), y.high});
  const std::string says = Says(distribution, currency);
  return {.heading = naming.heading,
          .drawing = chart.Svg(naming.heading, says),
          .legend = Legend({{LineSwatch("line c2"), "customers"}, {LineSwatch("guide"), "their mean"}}),
          .says = says};
}

TimeUnit TimeUnitOf(const LifetimeValueEvaluation& evaluation) {
  for (const Distribution& distribution : evaluation.distributions()) {
    const absl::string_view unit = distribution.unit();
    if (distribution.quantity() != "purchase_rate") continue;
    if (absl::StartsWith(unit, "a ")) return {std::string(unit.substr(2)), absl::StrCat(unit.substr(2), "s")};
    if (absl::StartsWith(unit, "in ")) {
      return {absl::StrCat("unit of ", unit.substr(3)), absl::StrCat("units of ", unit.substr(3))};
    }
  }
  return {};
}

}  // namespace clientele::cli
