// `quotas`: what tenants may use of a server.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/admin.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using admin::v1::TenantQuota;

struct QuotaOptions {
  std::string server;
  bool of_default = false;
  TenantQuota limits;  // Those to set.
  std::vector<std::string> clear;
};

std::string NameOf(const Context& context, const QuotaOptions& options) {
  return absl::StrCat("tenants/", options.of_default ? "-" : context.options.tenant, "/quota");
}

// "tenants/acme/quota" -> "acme".
std::string TenantOf(const TenantQuota& quota) {
  const std::string id = absl::StrReplaceAll(quota.name(), {{"tenants/", ""}, {"/quota", ""}});
  return id == "-" ? "(default)" : id;
}

// Unset is what the default says, or nothing; 0 is no limit.
Cell LimitCell(bool set, double value) {
  if (!set) return Cell::Missing();
  return value == 0 ? Cell{.shown = "unlimited", .raw = "0", .number = true} : Cell::Number(value, value < 10 ? 2 : 0);
}

Table TableOf(const std::vector<TenantQuota>& quotas) {
  Table table({{"tenant", "Tenant"},
               {"requests_per_second", "Requests/s", Align::kRight},
               {"request_burst", "Burst", Align::kRight},
               {"rows_per_second", "Rows/s", Align::kRight},
               {"row_burst", "Burst", Align::kRight},
               {"concurrent_streams", "Streams", Align::kRight},
               {"concurrent_jobs", "Jobs", Align::kRight},
               {"weight", "Weight", Align::kRight}});
  for (const TenantQuota& quota : quotas) {
    table.AddRow({Cell::Text(TenantOf(quota)), LimitCell(quota.has_requests_per_second(), quota.requests_per_second()),
                  LimitCell(quota.has_request_burst(), quota.request_burst()),
                  LimitCell(quota.has_rows_per_second(), quota.rows_per_second()),
                  LimitCell(quota.has_row_burst(), quota.row_burst()),
                  LimitCell(quota.has_concurrent_streams(), static_cast<double>(quota.concurrent_streams())),
                  LimitCell(quota.has_concurrent_jobs(), static_cast<double>(quota.concurrent_jobs())),
                  LimitCell(quota.has_weight(), quota.weight())});
  }
  return table;
}

absl::Status List(Context& context, const QuotaOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListTenantQuotas());
  const auto& quotas = response.tenant_quotas();
  context.console().Print(response, TableOf({quotas.begin(), quotas.end()}));
  if (quotas.empty()) context.console().Say("No tenant has a limit");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const QuotaOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
  admin::v1::GetTenantQuotaRequest request;
  request.set_name(NameOf(context, options));
  CLIENTELE_ASSIGN_OR_RETURN(const TenantQuota quota, client->GetTenantQuota(request));
  context.console().Print(quota, TableOf({quota}));
  return absl::OkStatus();
}

absl::Status Set(Context& context, const QuotaOptions& options) {
  admin::v1::UpdateTenantQuotaRequest request;
  TenantQuota& quota = *request.mutable_tenant_quota();
  quota = options.limits;
  std::vector<const google::protobuf::FieldDescriptor*> set;
  quota.GetReflection()->ListFields(quota, &set);
  for (const auto* field : set) request.mutable_update_mask()->add_paths(field->name());
  for (const std::string& name : options.clear) {
    request.mutable_update_mask()->add_paths(absl::StrReplaceAll(name, {{"-", "_"}}));
  }
  if (request.update_mask().paths().empty()) {
    return absl::InvalidArgumentError("nothing to set; see clientele quotas set --help");
  }
  quota.set_name(NameOf(context, options));
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
  CLIENTELE_ASSIGN_OR_RETURN(const TenantQuota result, client->UpdateTenantQuota(request));
  context.console().Print(result, TableOf({result}));
  return absl::OkStatus();
}

void AddLimits(CLI::App* command, const std::shared_ptr<QuotaOptions>& options) {
  const auto add = [&](const char* flag, auto set, const char* help) {
    command
        ->add_option_function<double>(
            flag, [options, set](double value) { set(options->limits, value); }, help)
        ->check(CLI::NonNegativeNumber);
  };
  add(
      "--requests-per-second", [](TenantQuota& q, double v) { q.set_requests_per_second(v); }, "Calls; 0: no limit");
  add(
      "--request-burst", [](TenantQuota& q, double v) { q.set_request_burst(v); },
      "So many at once [those of a second]");
  add(
      "--rows-per-second", [](TenantQuota& q, double v) { q.set_rows_per_second(v); },
      "Records, subjects, customers asked for; 0: no limit");
  add(
      "--row-burst", [](TenantQuota& q, double v) { q.set_row_burst(v); }, "So many at once [those of a second]");
  add(
      "--concurrent-streams", [](TenantQuota& q, double v) { q.set_concurrent_streams(static_cast<int64_t>(v)); },
      "Streams open at once; 0: no limit");
  add(
      "--concurrent-jobs", [](TenantQuota& q, double v) { q.set_concurrent_jobs(static_cast<int64_t>(v)); },
      "Training jobs that run at once; 0: no limit");
  add(
      "--weight", [](TenantQuota& q, double v) { q.set_weight(v); }, "Share among calls that wait, against others' 1");
  command->add_option("--clear", options->clear, "Limits that shall be the default's again: rows-per-second,...")
      ->delimiter(',');
}

}  // namespace

void AddQuotas(CLI::App& app, Context& context) {
  CLI::App* quotas = app.add_subcommand("quotas", "Show and set what tenants may use of a server");
  quotas->require_subcommand(1);
  auto options = std::make_shared<QuotaOptions>();
  const auto with_server = [&](CLI::App* command) {
    command->add_option("--server", options->server, kServerHelp)->required();
    return command;
  };
  context.Bind(with_server(quotas->add_subcommand("list", "Show the default and every tenant with limits of its own")),
               [&context, options] { return List(context, *options); });
  CLI::App* show = with_server(quotas->add_subcommand("show", "Show what holds for --tenant"));
  CLI::App* set = with_server(quotas->add_subcommand("set", "Set limits of --tenant; the others stay"));
  for (CLI::App* command : {show, set}) {
    command->add_flag("--default", options->of_default,
                      "Of every tenant without limits of its own, instead of --tenant's");
  }
  AddLimits(set, options);
  context.Bind(show, [&context, options] { return Show(context, *options); });
  context.Bind(set, [&context, options] { return Set(context, *options); });
}

}  // namespace clientele::cli
