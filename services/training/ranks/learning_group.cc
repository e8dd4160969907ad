#include "services/training/ranks/learning_group.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace clientele::training {

absl::Status LearningGroup::Agree(const absl::Status& status, Communicator& control) const {
  if (!status.ok() && !IsOfTheData(status)) {
    control.Abort(status);
    return status;
  }
  const std::string mine = absl::StatusCodeToString(status.code());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> ends, control.AllGather(mine));
  for (size_t rank = 0; rank < ends.size(); ++rank) {
    if (ends[rank] == mine) continue;
    return absl::InternalError(absl::StrCat("learners disagree: rank ", rank, " ended with ", ends[rank],
                                            ", this one with ", status.ToString()));
  }
  return status;
}

}  // namespace clientele::training
