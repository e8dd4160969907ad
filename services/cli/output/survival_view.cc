#include "services/cli/output/survival_view.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using inference::v1::Score;

std::string DurationText(double duration, const std::string& unit) {
  const std::string number = FormatNumber(duration, duration < 100 && duration != std::floor(duration) ? 1 : 0);
  return unit.empty() ? number : absl::StrCat(number, " ", unit);
}

std::string SurvivalText(const Score::Survival& survival) {
  std::vector<std::string> parts;
  // Without covariates nobody is above or below the average.
  if (survival.log_hazard_ratio() != 0) {
    parts.push_back(absl::StrCat(FormatNumber(survival.hazard_ratio(), 2), " x the average risk (percentile ",
                                 FormatNumber(survival.percentile(), 0), ")"));
  }
  if (!survival.curve().empty()) {
    const auto& last = *survival.curve().rbegin();
    parts.push_back(absl::StrCat("stays ", DurationText(last.duration(), survival.duration_unit()), " more with ",
                                 FormatPercent(last.survival(), 1)));
  }
  return absl::StrJoin(parts, ", ");
}

Table SurvivalTable(const Score::Survival& survival) {
  Table table({{"duration",
                survival.duration_unit().empty() ? "From now" : absl::StrCat("From now, ", survival.duration_unit()),
                Align::kRight},
               {"survival", "Still there", Align::kRight},
               {"lower", "from", Align::kRight},
               {"upper", "to", Align::kRight}});
  for (const auto& point : survival.curve()) {
    table.AddRow({Cell::Number(point.duration(), 1), Cell::Percent(point.survival(), 1),
                  Cell::Percent(point.lower(), 1), Cell::Percent(point.upper(), 1)});
  }
  return table;
}

std::string SurvivalTerms(const Score::Survival& survival) {
  const std::string& unit = survival.duration_unit();
  std::vector<std::string> parts;
  parts.push_back(survival.stayed() > 0 ? absl::StrCat("Stayed ", DurationText(survival.stayed(), unit), " so far")
                                        : "From the start, or from an unknown time");
  if (survival.has_median_remaining()) {
    parts.push_back(
        absl::StrCat("half of such customers stay ", DurationText(survival.median_remaining(), unit), " more"));
  }
  if (survival.has_mean_remaining()) {
    parts.push_back(absl::StrCat("on average ", DurationText(survival.mean_remaining(), unit)));
  }
  if (survival.has_discounted_remaining()) {
    parts.push_back(absl::StrCat("discounted ", DurationText(survival.discounted_remaining(), unit)));
  }
  if (!survival.stratum().empty()) parts.push_back(absl::StrCat("stratum ", survival.stratum()));
  return absl::StrJoin(parts, "; ");
}

}  // namespace clientele::cli
