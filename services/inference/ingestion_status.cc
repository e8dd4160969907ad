#include "services/inference/ingestion_status.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {

absl::Status FromIngestion(const absl::Status& status, absl::string_view what, const rpc::Call& call) {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return status;
  CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable,
               absl::StrCat(what, " could not be read, because ingestion does not answer: ", status.message()));
}

}  // namespace clientele::inference
