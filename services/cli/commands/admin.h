// How commands reach a server's administration: its address is asked for each time, for any program may have one.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/cli/client/admin_client.h"
#include "services/cli/commands/context.h"

namespace clientele::cli {

inline constexpr char kServerHelp[] = "host:port: the admin.address of an ingestion, training or inference server";

// `server` is host:port.
inline absl::StatusOr<std::unique_ptr<AdminClient>> ConnectToAdmin(const Context& context, const std::string& server) {
  ServiceOptions options = context.service("inference");
  options.name = "server";
  options.address = server;
  return AdminClient::Connect(options);
}

}  // namespace clientele::cli
