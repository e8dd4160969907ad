// The other ranks of a training job: they read and learn what the first one tells them to (leader.h).
#pragma once

#include "absl/status/status.h"
#include "common/base/stop_token.h"
#include "services/training/ranks/leader.h"

namespace clientele::training {

// Until the first rank says that the job has ended. FAILED_PRECONDITION: this machine's instruction set is not the
// first rank's. Else what the source, the learner or the communicator said; that has ended the groups.
absl::Status Follow(const RankGroups& groups, ShardSource& shards, int threads, const Clock& clock,
                    const StopToken& stop);

}  // namespace clientele::training
