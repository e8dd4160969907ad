// Ranks as threads of one process: how tests run many ranks, and the model of what a network communicator promises.
//
//   std::vector<std::unique_ptr<Communicator>> ranks = MakeThreadGroup(5, absl::Seconds(30));
#pragma once

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// `size` communicators of one group, in rank order. Each is used by one thread. A collective waits at most `timeout` for
// the other ranks.
std::vector<std::unique_ptr<Communicator>> MakeThreadGroup(int size, absl::Duration timeout);

}  // namespace clientele::training
