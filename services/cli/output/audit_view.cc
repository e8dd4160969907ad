#include "services/cli/output/audit_view.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using admin::v1::AuditEntry;

// "models/churn/aliases/champion" of the tenant whose log it is; names of others stay whole.
std::string OnWhat(const AuditEntry& entry) {
  const std::string tenant = entry.name().substr(0, entry.name().find("/auditEntries/")) + "/";
  std::vector<std::string> names;
  for (const std::string& name : entry.resources()) names.emplace_back(absl::StripPrefix(name, tenant));
  for (const AuditEntry::Detail& detail : entry.details()) {
    names.push_back(absl::StrCat(detail.key(), "=", absl::StripPrefix(detail.value(), tenant)));
  }
  return absl::StrJoin(names, ", ");
}

std::string Outcome(const AuditEntry& entry) {
  const std::string left_out =
      entry.left_out_count() == 0 ? "" : absl::StrCat("; ", entry.left_out_count(), " more left out before");
  switch (entry.event()) {
    case AuditEntry::EVENT_BEGUN: return "begun";
    case AuditEntry::EVENT_ENDED: return entry.code() == "OK" ? "done" : absl::StrCat("failed: ", entry.reason());
    case AuditEntry::EVENT_INTERRUPTED: return "interrupted: may have taken effect";
    case AuditEntry::EVENT_REFUSED: return absl::StrCat("refused: ", entry.reason(), left_out);
    case AuditEntry::EVENT_SHOWN: return "shown in full";
    case AuditEntry::EVENT_LEFT_OUT: return absl::StrCat(entry.left_out_count(), " refused calls left out");
    default: return "cannot be read";
  }
}

}  // namespace

std::string ServiceOf(const AuditEntry& entry) { return std::string(absl::StripPrefix(entry.program(), "clientele-")); }

Table AuditTable(const std::vector<AuditEntry>& entries) {
  Table table({{"time", "Time (UTC)"},
               {"service", "Server"},
               {"number", "No.", Align::kRight},
               {"who", "Who"},
               {"call", "Call"},
               {"on", "On"},
               {"outcome", "Outcome"}});
  for (const AuditEntry& entry : entries) {
    const std::string time = absl::FormatTime("%Y-%m-%d %H:%M:%S", FromProto(entry.time()), absl::UTCTimeZone());
    table.AddRow({Cell::Text(time), Cell::Text(ServiceOf(entry)), Cell::Text(LastSegment(entry.name())),
                  Cell::Text(entry.principal().empty() ? entry.address() : entry.principal()),
                  Cell::Text(LastSegment(entry.method())), Cell::Text(OnWhat(entry)), Cell::Text(Outcome(entry))});
  }
  return table;
}

}  // namespace clientele::cli
