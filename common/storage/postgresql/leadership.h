// Leadership by an advisory lock of a session: the lead ends with the session, whoever ends it.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/storage/leadership.h"

namespace clientele::storage::postgresql {

// Of what is called `what`, for all programs on the database at `url`, which has its tables (see Database::Open). After
// a leader that did not let go (it crashed, or lost its session), the next one waits for `grace`: how long the other may
// need, from when it can no longer lead, to notice and to stop. Has a connection of its own.
std::unique_ptr<Leadership> MakeLeadership(std::string url, std::string what, absl::Duration grace);

}  // namespace clientele::storage::postgresql
