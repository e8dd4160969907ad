#include "services/cli/output/consent_view.h"

#include <string>

#include "absl/strings/strip.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using ingestion::v1::ConsentState;
using ingestion::v1::ScoringConsent;
using ingestion::v1::ScoringConsentChange;

std::string ShowState(ConsentState state) {
  return Words(absl::StripPrefix(ingestion::v1::ConsentState_Name(state), "CONSENT_STATE_"));
}

Cell ShowPurpose(const ScoringConsent& consent) {
  return Cell::Text(consent.purpose().empty() ? "all" : consent.purpose());
}

}  // namespace

Table ConsentsTable(const ingestion::v1::ScoringConsents& consents) {
  Table table({{"purpose", "Purpose"},
               {"state", "State"},
               {"effective_time", "Said"},
               {"source", "Where"},
               {"reason", "Reason"},
               {"actor", "Set by"}});
  for (const ScoringConsent& consent : consents.consents()) {
    table.AddRow({ShowPurpose(consent), Cell::Text(ShowState(consent.state())),
                  Cell::Time(FromProto(consent.effective_time())), Cell::Text(consent.source()),
                  Cell::Text(consent.reason()), Cell::Text(consent.actor())});
  }
  return table;
}

Table ConsentChangesTable(const std::vector<ScoringConsentChange>& changes) {
  Table table({{"time", "Set"},
               {"purpose", "Purpose"},
               {"from", "From"},
               {"to", "To"},
               {"effective_time", "Said"},
               {"source", "Where"},
               {"reason", "Reason"},
               {"actor", "Set by"}});
  for (const ScoringConsentChange& change : changes) {
    const ScoringConsent& to = change.to();
    table.AddRow({Cell::Time(FromProto(to.update_time())), ShowPurpose(to), Cell::Text(ShowState(change.from_state())),
                  Cell::Text(ShowState(to.state())), Cell::Time(FromProto(to.effective_time())),
                  Cell::Text(to.source()), Cell::Text(to.reason()), Cell::Text(to.actor())});
  }
  return table;
}

}  // namespace clientele::cli
