// What the first rank alone works out, with every rank.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/status_macros.h"
#include "services/training/communicator/communicator.h"
#include "services/training/jobs/status_proto.h"

namespace clientele::training {

// The first rank's `status`, on every rank, and where that is OK its `message`. Else errors of the communicator.
template <typename Message>
absl::Status ShareFromFirst(const absl::Status& status, Message& message, Communicator& ranks) {
  if (ranks.size() == 1) return status;
  v1::FirstRanksAnswer answer;
  if (ranks.rank() == 0) {
    *answer.mutable_status() = ToStatusProto(status);
    if (status.ok()) answer.set_message(message.SerializeAsString());
  }
  std::string bytes = answer.SerializeAsString();
  CLIENTELE_RETURN_IF_ERROR(ranks.Broadcast(0, bytes));
  if (ranks.rank() == 0) return status;
  if (!answer.ParseFromString(bytes)) return absl::InternalError("the first rank told something that is no answer");
  CLIENTELE_RETURN_IF_ERROR(FromStatusProto(answer.status()));
  return message.ParseFromString(answer.message()) ? absl::OkStatus()
                                                   : absl::InternalError("the first rank's answer is damaged");
}

}  // namespace clientele::training
