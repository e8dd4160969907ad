#include "services/cli/output/quality_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/numbers.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::QualityHistory;
using inference::v1::QualityMeasure;
using inference::v1::QualityQuarter;

Cell MeasureCell(bool known, const QualityMeasure& measure) {
  if (!known) return Cell::Missing();
  Cell cell = Cell::Number(measure.value(), 3);
  const std::string between = measure.has_lower() ? Between(measure.lower(), measure.upper(), ThreeDigits) : "";
  if (!between.empty()) absl::StrAppend(&cell.shown, " (", between, ")");
  return cell;
}

// "+4.5 %"
Cell GainCell(const QualityQuarter& quarter) {
  if (!quarter.has_relative_gain()) return Cell::Missing();
  Cell cell = Cell::Percent(quarter.relative_gain(), 1);
  if (quarter.relative_gain() > 0) cell.shown = absl::StrCat("+", cell.shown);
  return cell;
}

}  // namespace

Table QualityTable(const QualityHistory& history) {
  Table table({{"quarter", "Quarter"},
               {"published", "New versions", Align::kRight},
               {"champion", "Champion", Align::kRight},
               {"holdout", "On the holdout (95 %)", Align::kRight},
               {"realised", "Turned out (95 %)", Align::kRight},
               {"outcomes", "Outcomes", Align::kRight},
               {"gain", "Change", Align::kRight},
               {"verdict", "Target"},
               {"text", "Why"}});
  for (const QualityQuarter& quarter : history.quarters()) {
    const std::string champion =
        quarter.champions().empty() ? "-" : LastSegment(quarter.champions().rbegin()->model_version());
    const std::string verdict =
        Words(absl::StripPrefix(QualityQuarter::Verdict_Name(quarter.verdict()), "VERDICT_"));
    table.AddRow({Cell::Text(quarter.quarter()), Cell::Count(quarter.published_versions_size()), Cell::Text(champion),
                  MeasureCell(quarter.has_holdout(), quarter.holdout()),
                  MeasureCell(quarter.has_realised(), quarter.realised()),
                  quarter.has_realised() ? Cell::Count(quarter.realised().rows()) : Cell::Missing(), GainCell(quarter),
                  Cell::Text(verdict), Cell::Text(quarter.text())});
  }
  return table;
}

std::string TargetLine(const QualityHistory& history) {
  const inference::v1::QualityTarget& target = history.target();
  std::string line = absl::StrCat("Asked: ", target.metric());
  if (target.has_level()) {
    const absl::string_view bound = history.lower_is_better() ? " at most, and" : " at least, and";
    absl::StrAppend(&line, " of ", Plain(target.level()), bound);
  }
  return absl::StrCat(line, " ", Share(target.gain()), " better than the quarter before. Quarters of ",
                      history.time_zone(), ".");
}

}  // namespace clientele::cli
