#include "services/ingestion/features/kinds_read.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"

namespace clientele::features {

std::vector<common::v1::RecordKind> KindsRead(const Plan& plan) {
  const Program& program = plan.program();
  std::vector<common::v1::RecordKind> kinds;
  for (int kind = 0; kind < kRecordKinds; ++kind) {
    bool read = kind == common::v1::RECORD_KIND_PROFILE && !program.attributes.empty();
    for (size_t border = 0; border < program.borders.size(); ++border) {
      const uint32_t schedule = program.schedule_of[border * kRecordKinds + static_cast<size_t>(kind)];
      read = read || !program.schedules[schedule].operations.empty();
    }
    if (read) kinds.push_back(static_cast<common::v1::RecordKind>(kind));
  }
  return kinds;
}

absl::Status CheckNotExpired(const Plan& plan, absl::Time as_of,
                             const google::protobuf::RepeatedPtrField<common::v1::RetentionCut>& removed_before) {
  if (removed_before.empty()) return absl::OkStatus();
  const std::vector<common::v1::RecordKind> kinds = KindsRead(plan);
  for (const common::v1::RetentionCut& cut : removed_before) {
    const absl::Time time = FromProto(cut.cut_time());
    if (as_of >= time || std::find(kinds.begin(), kinds.end(), cut.kind()) == kinds.end()) continue;
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kRecordsExpired,
                 absl::StrCat("as_of lies before ", absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone()),
                              ": the tenant's retention has taken away the records of kind ",
                              common::v1::RecordKind_Name(cut.kind()), " that these features would see; ask as of then "
                              "or later, or for features of other kinds"));
  }
  return absl::OkStatus();
}

}  // namespace clientele::features
