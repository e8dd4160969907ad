// Who stands in a journal beside what was done.
#pragma once

#include <string>

#include "common/rpc/call.h"

namespace clientele::rpc {

// Who the caller showed to be; where nobody has to, the address they called from.
inline std::string ActorOf(const Call& call, const std::string& peer) { return call.caller.empty() ? peer : call.caller; }

}  // namespace clientele::rpc
