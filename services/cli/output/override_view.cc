#include "services/cli/output/override_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::ScoreOverride;
using inference::v1::ScoreOverrideChange;

// "churn" of tenants/demo/models/churn/scoreOverrides/ada.
std::string ModelOf(absl::string_view name) { return LastSegment(name.substr(0, name.find("/scoreOverrides/"))); }

}  // namespace

std::string DecisionText(const ScoreOverride& stands) {
  std::vector<std::string> parts;
  if (stands.has_value()) parts.push_back(Plain(stands.value()));
  if (!stands.segment().empty()) parts.push_back(stands.segment());
  if (!stands.tier().empty()) parts.push_back(absl::StrCat("tier ", stands.tier()));
  return absl::StrJoin(parts, ", ");
}

std::string OverrideText(const inference::v1::Score& score) {
  if (!score.has_score_override()) return "";
  const ScoreOverride& stands = score.score_override();
  return absl::StrCat("Overridden by ", stands.actor(), " until ", FormatDateTime(FromProto(stands.expire_time())),
                      ": ", DecisionText(stands), " (", stands.reason(), ")");
}

Table OverridesTable(const std::vector<ScoreOverride>& overrides) {
  Table table({{"model", "Model"},
               {"customer", "Customer"},
               {"decision", "Decision"},
               {"expire_time", "Until"},
               {"actor", "By"},
               {"update_time", "Set"},
               {"reason", "Reason"}});
  for (const ScoreOverride& stands : overrides) {
    table.AddRow({Cell::Text(ModelOf(stands.name())), Cell::Text(LastSegment(stands.name())),
                  Cell::Text(DecisionText(stands)), Cell::Time(FromProto(stands.expire_time())),
                  Cell::Text(stands.actor()), Cell::Time(FromProto(stands.update_time())),
                  Cell::Text(stands.reason())});
  }
  return table;
}

Table OverrideChangesTable(const std::vector<ScoreOverrideChange>& changes) {
  Table table({{"revision", "Revision", Align::kRight},
               {"time", "Time"},
               {"actor", "By"},
               {"decision", "Decision"},
               {"expire_time", "Until"},
               {"reason", "Reason"}});
  for (const ScoreOverrideChange& change : changes) {
    const ScoreOverride& stands = change.score_override();
    table.AddRow({Cell::Count(change.revision()), Cell::Time(FromProto(stands.update_time())),
                  Cell::Text(stands.actor()), Cell::Text(change.deleted() ? "taken away" : DecisionText(stands)),
                  change.deleted() ? Cell::Missing() : Cell::Time(FromProto(stands.expire_time())),
                  Cell::Text(stands.reason())});
  }
  return table;
}

}  // namespace clientele::cli
