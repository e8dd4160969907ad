#include "services/cli/output/standing_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"
#include "services/cli/output/values.h"

namespace clientele::cli {
namespace {

using inference::v1::Reason;
using inference::v1::Score;

std::string Money(double amount, absl::string_view currency) {
  return absl::StrCat(FormatNumber(amount, 2), currency.empty() ? "" : " ", currency);
}

// "churn version 3" of tenants/demo/models/churn/versions/3.
std::string VersionText(absl::string_view version) {
  const absl::string_view model = version.substr(0, version.find("/versions/"));
  return absl::StrCat(LastSegment(model), " version ", LastSegment(version));
}

}  // namespace

std::string StandingText(const Score& score) {
  if (!score.has_standing()) return "";
  const std::string& tier = score.standing().tier();
  return absl::StrCat("Grade ", score.standing().grade(), tier.empty() ? "" : ", tier ", tier);
}

std::string TrendText(const Score& score) {
  if (!score.has_trend()) return "";
  const Score::Trend& trend = score.trend();
  const std::string day = FormatDate(FromProto(trend.previous_time()));
  if (trend.direction() == Score::Trend::DIRECTION_UNSPECIFIED) {
    return absl::StrCat("No trend: the customer was not known on ", day);
  }
  const absl::string_view direction = trend.direction() == Score::Trend::DIRECTION_RISING    ? "Rising"
                                      : trend.direction() == Score::Trend::DIRECTION_FALLING ? "Falling"
                                                                                             : "Steady";
  return absl::StrCat(direction, ": percentile ", FormatNumber(score.standing().percentile(), 0), ", on ", day,
                      " it was ", FormatNumber(trend.previous_percentile(), 0), " (score ",
                      FormatNumber(trend.previous_score() + trend.change(), 2), ", then ",
                      FormatNumber(trend.previous_score(), 2), ")");
}

std::string ValueAtRiskText(const inference::v1::ScoreCustomerResponse& response) {
  if (!response.has_value_at_risk()) return "";
  const auto& risk = response.value_at_risk();
  return absl::StrCat("Value at risk ", Money(risk.amount(), risk.currency_code()), ": ",
                      FormatPercent(risk.churn_probability(), 1), " of ",
                      Money(risk.expected_value(), risk.currency_code()), " (", VersionText(risk.churn_version()), ", ",
                      VersionText(risk.value_version()), ")");
}

Table ReasonsTable(const Score& score) {
  Table table({{"contribution", "Contribution", Align::kRight}, {"reason", "Reason"}});
  std::vector<const Reason*> reasons;
  for (const Reason& reason : score.reasons()) reasons.push_back(&reason);
  std::stable_partition(reasons.begin(), reasons.end(),
                        [](const Reason* reason) { return reason->contribution() > 0; });
  for (const Reason* reason : reasons) {
    const std::string text =
        reason->text().empty() ? absl::StrCat(reason->feature(), " ", ShowValue(reason->value())) : reason->text();
    table.AddRow({Cell::Number(reason->contribution(), 3), Cell::Text(text)});
  }
  return table;
}

}  // namespace clientele::cli
