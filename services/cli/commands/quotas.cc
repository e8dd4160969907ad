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

struct LimitHelp {
  const char* field;  // Of TenantQuota; the flag is the same with hyphens.
  const char* heading;
  const char* help;
};
constexpr LimitHelp kLimits[] = {
    {"requests_per_second", "calls a second", "Calls a second; 0: no limit"},
    {"request_burst", "calls at once", "So many calls at once [those of a second]"},
    {"rows_per_second", "rows a second", "Records, subjects, customers asked for; 0: no limit"},
    {"row_burst", "rows at once", "So many rows at once [those of a second]"},
    {"concurrent_streams", "streams at once", "Streams open at once; 0: no limit"},
    {"concurrent_jobs", "jobs at once", "Training jobs that run at once; 0: no limit"},
    {"queued_jobs", "jobs waiting", "Training jobs that wait; 0: no limit"},
    {"job_cpu_seconds_per_day", "CPU s of jobs a day", "CPU seconds of training jobs a day; 0: no limit"},
    {"stored_records", "records stored", "Records kept by ingestion; 0: no limit"},
    {"stored_bytes", "bytes stored", "Bytes of records kept by ingestion; 0: no limit"},
    {"models", "models", "Models kept by inference; 0: no limit"},
    {"model_versions", "versions", "Versions of all models together; 0: no limit"},
    {"weight", "weight", "Share among calls that wait, against others' 1"},
};

const google::protobuf::FieldDescriptor& FieldOf(const LimitHelp& limit) {
  return *TenantQuota::descriptor()->FindFieldByName(limit.field);
}

double ValueOf(const TenantQuota& quota, const google::protobuf::FieldDescriptor& field) {
  const auto& reflection = *quota.GetReflection();
  return field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE
             ? reflection.GetDouble(quota, &field)
             : static_cast<double>(reflection.GetInt64(quota, &field));
}

void SetValue(const google::protobuf::FieldDescriptor& field, double value, TenantQuota& quota) {
  const auto& reflection = *quota.GetReflection();
  if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) {
    reflection.SetDouble(&quota, &field, value);
  } else {
    reflection.SetInt64(&quota, &field, static_cast<int64_t>(value));
  }
}

Cell ValueCell(double value) {
  const bool whole = value == static_cast<double>(static_cast<int64_t>(value));
  return value == 0 ? Cell{.shown = "unlimited", .raw = "0", .number = true} : Cell::Number(value, whole ? 0 : 2);
}

// A row for each limit that is set: what is not, the default says, or nobody.
Table TableOf(const std::vector<TenantQuota>& quotas) {
  Table table({{"tenant", "Tenant"}, {"limit", "Limit"}, {"value", "Value", Align::kRight}});
  for (const TenantQuota& quota : quotas) {
    for (const LimitHelp& limit : kLimits) {
      const auto& field = FieldOf(limit);
      if (!quota.GetReflection()->HasField(quota, &field)) continue;
      Cell name = Cell::Text(limit.field);
      name.shown = limit.heading;
      table.AddRow({Cell::Text(TenantOf(quota)), std::move(name), ValueCell(ValueOf(quota, field))});
    }
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
  for (const LimitHelp& limit : kLimits) {
    const auto& field = FieldOf(limit);
    command
        ->add_option_function<double>(
            absl::StrCat("--", absl::StrReplaceAll(limit.field, {{"_", "-"}})),
            [options, &field](double value) { SetValue(field, value, options->limits); }, limit.help)
        ->check(CLI::NonNegativeNumber);
  }
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
