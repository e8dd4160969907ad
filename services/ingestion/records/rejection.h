// Why a record cannot be accepted.
#pragma once

#include <optional>
#include <string>

#include "clientele/ingestion/v1/record.pb.h"

namespace clientele::ingestion {

struct Rejection {
  v1::RejectionReason reason;
  std::string field;    // The path of the first bad field. Of few values: it is counted in the report.
  std::string message;  // What is wrong and what is allowed.
};

// What a check answers: nothing where all is well.
using MaybeRejection = std::optional<Rejection>;

}  // namespace clientele::ingestion
