// `service-config`: how programs in other languages should call the services.
#include "common/rpc/retry_policy.h"
#include "nlohmann/json.hpp"
#include "services/cli/commands/commands.h"

namespace clientele::cli {

void AddServiceConfig(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "service-config", "Print the gRPC service config for clients in other languages: retries, replicas");
  context.Bind(command, [&context] {
    context.console().Say(nlohmann::ordered_json::parse(rpc::ServiceConfig(/*health_checked=*/true)).dump(2));
    return absl::OkStatus();
  });
}

}  // namespace clientele::cli
