#include "services/cli/training/rfm_evaluation_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using model::v1::RfmEvaluation;
using Segment = RfmEvaluation::Segment;

namespace {

constexpr int kMostMoves = 20;

bool IsShown(const Segment& segment) { return segment.customers() > 0 || segment.previous_customers() > 0; }

bool HasPrevious(const RfmEvaluation& evaluation) {
  return std::any_of(evaluation.segments().begin(), evaluation.segments().end(),
                     [](const Segment& segment) { return segment.has_previous_customers(); });
}

bool HasLabel(const RfmEvaluation& evaluation) {
  return std::any_of(evaluation.segments().begin(), evaluation.segments().end(),
                     [](const Segment& segment) { return segment.has_label_mean(); });
}

// "+12", "-3", "0".
Cell Change(int64_t change) {
  Cell cell = Cell::Count(change);
  if (change > 0) cell.shown = absl::StrCat("+", cell.shown);
  return cell;
}

bool Moved(const RfmEvaluation::Move& move) { return move.from_segment() != move.to_segment(); }

}  // namespace

const Segment* MostValuable(const RfmEvaluation& evaluation) {
  const Segment* most = nullptr;
  for (const Segment& segment : evaluation.segments()) {
    if (segment.customers() > 0 && (most == nullptr || segment.value() > most->value())) most = &segment;
  }
  return most;
}

int64_t ScoredCustomers(const RfmEvaluation& evaluation) {
  int64_t customers = 0;
  for (const Segment& segment : evaluation.segments()) customers += segment.customers();
  return customers;
}

std::string RfmLine(const RfmEvaluation& evaluation) {
  const auto filled = std::count_if(evaluation.segments().begin(), evaluation.segments().end(),
                                    [](const Segment& segment) { return segment.customers() > 0; });
  std::string line = absl::StrCat(filled, filled == 1 ? " segment" : " segments");
  const Segment* most = MostValuable(evaluation);
  if (most == nullptr) return line;
  return absl::StrCat(line, "; ", most->name(), " hold ", FormatPercent(most->value_share(), 1), " of the value");
}

Table RfmSegmentTable(const RfmEvaluation& evaluation) {
  const bool has_previous = HasPrevious(evaluation), has_label = HasLabel(evaluation);
  std::vector<Column> columns = {{"segment", "Segment"},
                                 {"customers", "Customers", Align::kRight},
                                 {"share", "Share", Align::kRight},
                                 {"value", "Value", Align::kRight},
                                 {"value_share", "Of all value", Align::kRight},
                                 {"mean_recency", "Recency", Align::kRight},
                                 {"mean_frequency", "Frequency", Align::kRight},
                                 {"mean_monetary", "Monetary", Align::kRight}};
  if (has_previous) columns.push_back({"change", "Change", Align::kRight});
  if (has_previous) columns.push_back({"value_change", "Of value", Align::kRight});
  if (has_label) columns.push_back({"label_mean", "What came after", Align::kRight});
  Table table(columns);
  for (const Segment& segment : evaluation.segments()) {
    if (!IsShown(segment)) continue;
    std::vector<Cell> row = {Cell::Text(segment.name()),
                             Cell::Count(segment.customers()),
                             Cell::Percent(segment.share(), 1),
                             Cell::Number(segment.value(), 2),
                             Cell::Percent(segment.value_share(), 1),
                             Cell::Number(segment.mean_recency(), 1),
                             Cell::Number(segment.mean_frequency(), 2),
                             Cell::Number(segment.mean_monetary(), 2)};
    if (has_previous) row.push_back(Change(segment.customers() - segment.previous_customers()));
    if (has_previous) row.push_back(Cell::Number(segment.value() - segment.previous_value(), 2));
    if (has_label) row.push_back(segment.has_label_mean() ? Cell::Number(segment.label_mean(), 3) : Cell::Missing());
    table.AddRow(std::move(row));
  }
  return table;
}

Table RfmActionTable(const RfmEvaluation& evaluation) {
  Table table({{"segment", "Segment"}, {"customers", "Customers", Align::kRight}, {"action", "What to do"}});
  for (const Segment& segment : evaluation.segments()) {
    if (segment.action().empty() || !IsShown(segment)) continue;
    table.AddRow({Cell::Text(segment.name()), Cell::Count(segment.customers()), Cell::Text(segment.action())});
  }
  return table;
}

Table RfmMoveTable(const RfmEvaluation& evaluation, int most) {
  Table table(
      {{"from", "From"}, {"to", "To"}, {"customers", "Customers", Align::kRight}, {"value", "Value", Align::kRight}});
  for (const auto& move : evaluation.moves()) {
    if (!Moved(move)) continue;
    if (static_cast<int>(table.rows().size()) == most) break;
    table.AddRow({Cell::Text(move.from_segment().empty() ? "(no customer yet)" : move.from_segment()),
                  Cell::Text(move.to_segment()), Cell::Count(move.customers()), Cell::Number(move.value(), 2)});
  }
  return table;
}

void ShowRfm(const RfmEvaluation& evaluation, Console& console) {
  console.Heading("Segments");
  console.Print(RfmSegmentTable(evaluation));
  if (evaluation.unscored() > 0) {
    console.Say(absl::StrCat(FormatCount(evaluation.unscored()), " customers have not bought yet."));
  }
  console.Heading("What to do");
  console.Print(RfmActionTable(evaluation));
  const Table moves = RfmMoveTable(evaluation, kMostMoves);
  if (moves.rows().empty()) return;
  console.Heading("Who moved since the previous numbers");
  console.Print(moves);
}

}  // namespace clientele::cli
