// How the service tells its workers to reach the other programs.
#pragma once

#include "clientele/training/v1/worker.pb.h"
#include "common/rpc/channel.h"

namespace clientele::training {

v1::Peer ToPeer(const rpc::ChannelOptions& options);
rpc::ChannelOptions FromPeer(const v1::Peer& peer);

}  // namespace clientele::training
