#include "services/cli/training/migration_view.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"
#include "services/cli/output/table.h"

namespace clientele::cli {
namespace {

constexpr int kMostMoves = 20;

std::string SegmentText(int identity, const std::string& name) {
  if (identity == 0) return name.empty() ? "(none before)" : name;
  return absl::StrCat(identity, " ", name);
}

}  // namespace

void ShowMigration(const model::v1::SegmentMigration& migration, Console& console) {
  if (migration.moves_size() == 0) return;
  const bool has_value = !migration.value_feature().empty();
  int64_t stayed = 0, all = 0;
  int shown = 0, moves = 0;
  Table table(
      {{"from", "From"}, {"to", "To"}, {"customers", "Customers", Align::kRight}, {"value", "Value", Align::kRight}});
  for (const auto& move : migration.moves()) {
    all += move.customers();
    if (move.from_identity() == move.to_identity()) {
      stayed += move.customers();
      continue;
    }
    ++moves;
    if (shown == kMostMoves) continue;
    ++shown;
    table.AddRow({Cell::Text(SegmentText(move.from_identity(), move.from_segment())),
                  Cell::Text(SegmentText(move.to_identity(), move.to_segment())), Cell::Count(move.customers()),
                  has_value ? Cell::Number(move.value(), 2) : Cell::Text("")});
  }
  console.Heading(absl::StrCat("Who moved since ", LastSegment(migration.champion_version())));
  console.Say(absl::StrCat(FormatCount(stayed), " of ", FormatCount(all), " customers stayed in their segment."));
  if (moves == 0) return;
  console.Print(table);
  if (has_value) console.Say(absl::StrCat("Value: ", migration.value_feature()));
  if (moves > shown) console.Say(absl::StrCat(moves - shown, " smaller moves are not shown."));
}

}  // namespace clientele::cli
