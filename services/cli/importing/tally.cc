#include "services/cli/importing/tally.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

void Tally::Add(const ingestion::v1::IngestRecordsRequest& batch, const std::vector<int64_t>& rows,
                const ingestion::v1::BatchResult& result) {
  accepted += result.accepted_count();
  duplicates += result.duplicate_count();
  conflicts += result.conflict_count();
  rejected += result.rejected_count();
  for (const ingestion::v1::RecordError& error : result.errors()) {
    Reason& reason = reasons_[{error.reason(), error.field()}];
    if (reason.count++ == 0) reason.message = error.message();
    const int index = error.index();
    if (reason.examples.size() >= kExamples || index < 0) continue;
    if (index < static_cast<int>(rows.size())) {
      reason.examples.push_back(absl::StrCat("row ", rows[index]));
    } else if (index < batch.records_size()) {
      reason.examples.push_back(batch.records(index).record_id());
    }
  }
}

Table Tally::Reasons() const {
  Table table({{"reason", "Reason"},
               {"field", "Field"},
               {"count", "Records", Align::kRight},
               {"message", "For example"},
               {"first", "First"}});
  for (const auto& [key, reason] : reasons_) {
    if (table.rows().size() >= kMaxReasons) break;
    const std::string name =
        ingestion::v1::RejectionReason_Name(static_cast<ingestion::v1::RejectionReason>(key.first));
    table.AddRow({Cell::Text(Words(absl::StripPrefix(name, "REJECTION_REASON_"))), Cell::Text(key.second),
                  Cell::Count(reason.count), Cell::Text(reason.message),
                  Cell::Text(absl::StrJoin(reason.examples, ", "))});
  }
  return table;
}

std::string Tally::ToJson() const {
  return absl::StrCat("{\"sent\": ", sent(), ", \"accepted\": ", accepted, ", \"duplicates\": ", duplicates,
                      ", \"conflicts\": ", conflicts, ", \"rejected\": ", rejected,
                      ", \"reasons\": ", absl::StripTrailingAsciiWhitespace(RenderJson(Reasons())), "}\n");
}

Table Tally::Counts() const {
  Table table({{"sent", "Sent", Align::kRight},
               {"accepted", "Accepted", Align::kRight},
               {"duplicates", "Duplicates", Align::kRight},
               {"conflicts", "Conflicts", Align::kRight},
               {"rejected", "Rejected", Align::kRight}});
  table.AddRow({Cell::Count(sent()), Cell::Count(accepted), Cell::Count(duplicates), Cell::Count(conflicts),
                Cell::Count(rejected)});
  return table;
}

}  // namespace clientele::cli
