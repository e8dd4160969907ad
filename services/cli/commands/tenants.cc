// `tenants`: who the servers serve. They are kept in a file that the servers read; it is changed here, or by a server
// for who cannot reach it.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/auth/tenant_file.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/tenant_client.h"
#include "services/cli/commands/admin.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

using admin::v1::Tenant;

struct TenantOptions {
  std::string file;    // Or, where it is empty,
  std::string server;  // the administration of one.
  std::string id;
  std::string display_name;
  std::vector<std::string> labels;  // key=value
};

absl::StatusOr<std::unique_ptr<TenantClient>> ConnectTo(const Context& context, const std::string& server) {
  ServiceOptions options = context.service("inference");
  options.name = "server";
  options.address = server;
  return TenantClient::Connect(options);
}

absl::Status ReadLabels(const std::vector<std::string>& labels, Tenant& tenant) {
  for (const std::string& label : labels) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(label, absl::MaxSplits('=', 1));
    if (label.find('=') == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("--label ", label, ": write key=value"));
    }
    (*tenant.mutable_labels())[parts.first] = parts.second;
  }
  return absl::OkStatus();
}

void PrintTenants(Context& context, const google::protobuf::Message& message, const std::vector<Tenant>& tenants) {
  Table table({{"tenant", "Tenant"},
               {"display_name", "Name"},
               {"state", "State"},
               {"labels", "Labels"},
               {"created", "Created"}});
  for (const Tenant& tenant : tenants) {
    const std::map<std::string, std::string> labels(tenant.labels().begin(), tenant.labels().end());
    table.AddRow({Cell::Text(absl::StripPrefix(tenant.name(), "tenants/")), Cell::Text(tenant.display_name()),
                  Cell::Text(tenant.state() == Tenant::STATE_SUSPENDED ? "suspended" : "active"),
                  Cell::Text(absl::StrJoin(labels, ", ", absl::PairFormatter("="))),
                  tenant.has_create_time() ? Cell::Time(FromProto(tenant.create_time())) : Cell::Missing()});
  }
  context.console().Print(message, table);
}

absl::Status Create(Context& context, const TenantOptions& options) {
  admin::v1::CreateTenantRequest request;
  request.set_tenant_id(options.id);
  request.mutable_tenant()->set_display_name(options.display_name);
  CLIENTELE_RETURN_IF_ERROR(ReadLabels(options.labels, *request.mutable_tenant()));
  Tenant tenant;
  if (options.server.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(
        tenant, auth::CreateInTenantFile(options.file, options.id, request.tenant(), context.clock().Now()));
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectTo(context, options.server));
    CLIENTELE_ASSIGN_OR_RETURN(tenant, client->CreateTenant(request));
  }
  PrintTenants(context, tenant, {tenant});
  return absl::OkStatus();
}

absl::Status List(Context& context, const TenantOptions& options) {
  admin::v1::ListTenantsResponse list;
  if (options.server.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auth::TenantTable table, auth::ReadTenantFile(options.file));
    list = table.List();
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectTo(context, options.server));
    CLIENTELE_ASSIGN_OR_RETURN(list, client->ListTenants());
  }
  PrintTenants(context, list, {list.tenants().begin(), list.tenants().end()});
  if (list.tenants().empty()) context.console().Say("There is no tenant");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const TenantOptions& options) {
  Tenant tenant;
  if (options.server.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auth::TenantTable table, auth::ReadTenantFile(options.file));
    CLIENTELE_ASSIGN_OR_RETURN(tenant, table.Get(options.id));
  } else {
    admin::v1::GetTenantRequest request;
    request.set_name(absl::StrCat("tenants/", options.id));
    CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectTo(context, options.server));
    CLIENTELE_ASSIGN_OR_RETURN(tenant, client->GetTenant(request));
  }
  PrintTenants(context, tenant, {tenant});
  return absl::OkStatus();
}

absl::Status SetState(Context& context, const TenantOptions& options, Tenant::State state) {
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name(absl::StrCat("tenants/", options.id));
  request.mutable_tenant()->set_state(state);
  Tenant tenant;
  if (options.server.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(tenant,
                               auth::UpdateInTenantFile(options.file, request, context.clock().Now()));
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectTo(context, options.server));
    CLIENTELE_ASSIGN_OR_RETURN(tenant, client->UpdateTenant(request));
  }
  PrintTenants(context, tenant, {tenant});
  return absl::OkStatus();
}

}  // namespace

void AddTenants(CLI::App& app, Context& context) {
  CLI::App* tenants =
      app.add_subcommand("tenants", "Make, list and suspend tenants, in the servers' file or through one of them");
  tenants->require_subcommand(1);
  auto options = std::make_shared<TenantOptions>();
  using Run = absl::Status (*)(Context&, const TenantOptions&);
  const auto add = [&](const char* name, const char* help, bool of_one, Run run) {
    CLI::App* command = tenants->add_subcommand(name, help);
    CLI::Option_group* place = command->add_option_group("Where tenants are kept");
    place->add_option("--file", options->file, "The servers' auth.tenants_file");
    place->add_option("--server", options->server, kServerHelp);
    place->require_option(1);
    if (of_one) command->add_option("id", options->id, "[a-z][a-z0-9-]{0,62}")->required();
    context.Bind(command, [&context, options, run] { return run(context, *options); });
    return command;
  };
  CLI::App* create = add("create", "Make a tenant", /*of_one=*/true, Create);
  create->add_option("--name", options->display_name, "What people call it");
  create->add_option("--label", options->labels, "key=value; several: separated by commas")->delimiter(',');
  add("list", "List tenants", /*of_one=*/false, List);
  add("show", "Show a tenant", /*of_one=*/true, Show);
  add("suspend", "Refuse every call of a tenant from now on; its data and its keys stay", /*of_one=*/true,
      [](Context& c, const TenantOptions& o) { return SetState(c, o, Tenant::STATE_SUSPENDED); });
  add("resume", "Serve a suspended tenant again", /*of_one=*/true,
      [](Context& c, const TenantOptions& o) { return SetState(c, o, Tenant::STATE_ACTIVE); });
}

}  // namespace clientele::cli
