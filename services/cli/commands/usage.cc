// `usage`: what tenants have used of servers, since those started or by day.
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
  int days = 0;
};

absl::StatusOr<std::vector<TenantUsage>> UsageOf(const Context& context, const std::string& server,
                                                 const UsageOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, server));
  if (options.every_tenant) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListTenantUsages());
    return std::vector<TenantUsage>(response.tenant_usages().begin(), response.tenant_usages().end());
  }
  admin::v1::GetTenantUsageRequest request;
  request.set_name(context.tenant_name() + "/usage");
  request.set_days(options.days);
  CLIENTELE_ASSIGN_OR_RETURN(TenantUsage usage, client->GetTenantUsage(request));
  return std::vector<TenantUsage>{std::move(usage)};
}

absl::Status ShowTotals(Context& context, const UsageOptions& options) {
  Table table({{"server", "Server"},
               {"tenant", "Tenant"},
               {"calls", "Calls", Align::kRight},
               {"refused", "Refused", Align::kRight},
               {"rows", "Rows", Align::kRight},
               {"cpu_seconds", "CPU s", Align::kRight},
               {"job_cpu_seconds", "CPU s of jobs", Align::kRight},
               {"received_bytes", "Bytes in", Align::kRight},
               {"sent_bytes", "Bytes out", Align::kRight},
               {"open_streams", "Streams now", Align::kRight},
               {"since", "Since"}});
  for (const std::string& server : options.servers) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto usages, UsageOf(context, server, options));
    for (const TenantUsage& usage : usages) {
      table.AddRow(
          {Cell::Text(server), Cell::Text(absl::StrReplaceAll(usage.name(), {{"tenants/", ""}, {"/usage", ""}})),
           Cell::Count(usage.call_count()), Cell::Count(usage.refused_count()), Cell::Count(usage.row_count()),
           Cell::Number(usage.cpu_seconds(), 2), Cell::Number(usage.job_cpu_seconds(), 2),
           Cell::Count(usage.received_bytes()), Cell::Count(usage.sent_bytes()),
           Cell::Count(usage.open_stream_count()), Cell::Time(FromProto(usage.start_time()))});
    }
  }
  context.console().Print(table);
  return absl::OkStatus();
}

absl::Status ShowDays(Context& context, const UsageOptions& options) {
  Table table({{"day", "Day"},
               {"server", "Server"},
               {"calls", "Calls", Align::kRight},
               {"refused", "Refused", Align::kRight},
               {"rows", "Rows", Align::kRight},
               {"cpu_seconds", "CPU s", Align::kRight},
               {"job_cpu_seconds", "CPU s of jobs", Align::kRight},
               {"received_bytes", "Bytes in", Align::kRight},
               {"sent_bytes", "Bytes out", Align::kRight},
               {"stored_records", "Records", Align::kRight},
               {"stored_bytes", "Bytes stored", Align::kRight},
               {"models", "Models", Align::kRight},
               {"model_versions", "Versions", Align::kRight}});
  for (const std::string& server : options.servers) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto usages, UsageOf(context, server, options));
    for (const admin::v1::DailyUsage& day : usages[0].days()) {
      table.AddRow({Cell::Text(day.day()), Cell::Text(server), Cell::Count(day.call_count()),
                    Cell::Count(day.refused_count()), Cell::Count(day.row_count()), Cell::Number(day.cpu_seconds(), 2),
                    Cell::Number(day.job_cpu_seconds(), 2), Cell::Count(day.received_bytes()),
                    Cell::Count(day.sent_bytes()), Cell::Count(day.stored_record_count()),
                    Cell::Count(day.stored_bytes()), Cell::Count(day.model_count()),
                    Cell::Count(day.model_version_count())});
    }
  }
  context.console().Print(table);
  return absl::OkStatus();
}

}  // namespace

void AddUsage(CLI::App& app, Context& context) {
  CLI::App* usage = app.add_subcommand("usage", "Show what --tenant has used of servers, since they started or by day");
  auto options = std::make_shared<UsageOptions>();
  usage->add_option("--server", options->servers, absl::StrCat(kServerHelp, "; several: separated by commas"))
      ->delimiter(',')
      ->required();
  CLI::Option* every = usage->add_flag("--every-tenant", options->every_tenant,
                                       "Of all tenants that have called, instead of --tenant alone");
  usage->add_option("--days", options->days, "By day, over restarts: so many of the last, today's among them")
      ->check(CLI::Range(1, 400))
      ->excludes(every);
  context.Bind(usage, [&context, options] {
    return options->days > 0 ? ShowDays(context, *options) : ShowTotals(context, *options);
  });
}

}  // namespace clientele::cli
