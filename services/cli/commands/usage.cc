// `usage`: what tenants have used of servers since those started.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/admin.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

using admin::v1::TenantUsage;

struct UsageOptions {
  std::vector<std::string> servers;
  bool every_tenant = false;
};

absl::StatusOr<std::vector<TenantUsage>> UsageOf(const Context& context, const std::string& server, bool every_tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, server));
  if (every_tenant) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListTenantUsages());
    return std::vector<TenantUsage>(response.tenant_usages().begin(), response.tenant_usages().end());
  }
  admin::v1::GetTenantUsageRequest request;
  request.set_name(context.tenant_name() + "/usage");
  CLIENTELE_ASSIGN_OR_RETURN(TenantUsage usage, client->GetTenantUsage(request));
  return std::vector<TenantUsage>{std::move(usage)};
}

absl::Status Show(Context& context, const UsageOptions& options) {
  Table table({{"server", "Server"},
               {"tenant", "Tenant"},
               {"calls", "Calls", Align::kRight},
               {"refused", "Refused", Align::kRight},
               {"rows", "Rows", Align::kRight},
               {"cpu_seconds", "CPU s", Align::kRight},
               {"received_bytes", "Bytes in", Align::kRight},
               {"sent_bytes", "Bytes out", Align::kRight},
               {"open_streams", "Streams now", Align::kRight},
               {"since", "Since"}});
  for (const std::string& server : options.servers) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto usages, UsageOf(context, server, options.every_tenant));
    for (const TenantUsage& usage : usages) {
      table.AddRow(
          {Cell::Text(server), Cell::Text(absl::StrReplaceAll(usage.name(), {{"tenants/", ""}, {"/usage", ""}})),
           Cell::Count(usage.call_count()), Cell::Count(usage.refused_count()), Cell::Count(usage.row_count()),
           Cell::Number(usage.cpu_seconds(), 2), Cell::Count(usage.received_bytes()), Cell::Count(usage.sent_bytes()),
           Cell::Count(usage.open_stream_count()), Cell::Time(FromProto(usage.start_time()))});
    }
  }
  context.console().Print(table);
  return absl::OkStatus();
}

}  // namespace

void AddUsage(CLI::App& app, Context& context) {
  CLI::App* usage = app.add_subcommand("usage", "Show what --tenant has used of servers since they started");
  auto options = std::make_shared<UsageOptions>();
  usage->add_option("--server", options->servers, absl::StrCat(kServerHelp, "; several: separated by commas"))
      ->delimiter(',')
      ->required();
  usage->add_flag("--every-tenant", options->every_tenant,
                  "Of all tenants that have called, instead of --tenant alone");
  context.Bind(usage, [&context, options] { return Show(context, *options); });
}

}  // namespace clientele::cli
