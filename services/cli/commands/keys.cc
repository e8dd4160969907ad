// `keys` and `tokens`: the credentials that callers show. Keys are kept in a file that the servers read; it is changed
// here, or by a server for who cannot reach it.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/auth/api_key_file.h"
#include "common/auth/api_keys.h"
#include "common/auth/tenant_file.h"
#include "common/auth/token.h"
#include "common/auth/watched_file.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/admin.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

struct HolderOptions {
  std::vector<std::string> roles;
  bool every_tenant = false;
};

struct KeyOptions {
  std::string file;    // Or, where it is empty,
  std::string server;  // the administration of one.
  HolderOptions holder;
  std::string description;
  int days = 365;
  std::string prefix;
  std::string tenants_file;  // Beside `file`: who there is. Empty: anybody.
};

struct TokenOptions {
  std::string key_file;
  HolderOptions holder;
  std::string subject;
  std::string issuer;
  std::string audience;
  std::string lifetime = "1h";
};

void AddHolder(CLI::App* command, HolderOptions& holder) {
  command
      ->add_option("--roles", holder.roles,
                   absl::StrCat("What its holder may do: ", absl::StrJoin(auth::RoleNames(auth::Roles::All()), ", ")))
      ->delimiter(',')
      ->required();
  command->add_flag("--every-tenant", holder.every_tenant, "For services of the platform, instead of --tenant alone");
}

absl::StatusOr<auth::Principal> HolderOf(const Context& context, const HolderOptions& options) {
  auth::Principal principal;
  if (!options.every_tenant) {
    CLIENTELE_ASSIGN_OR_RETURN(principal.tenant, TenantId::Parse(context.options.tenant));
  }
  CLIENTELE_ASSIGN_OR_RETURN(principal.roles, auth::ParseRoles(options.roles));
  return principal;
}

// How `list` shows a key, wherever it is kept.
struct KeyRow {
  std::string prefix, tenant, roles, description;
  absl::Time create_time, expire_time;
  std::string state;
};

std::string TenantOf(const auth::Principal& principal) {
  return principal.tenant.has_value() ? principal.tenant->value() : "every tenant";
}

std::string DayOf(absl::Time time) {
  return time == absl::InfiniteFuture() ? "" : absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

KeyRow RowOf(const auth::ApiKey& key, absl::Time now) {
  return {.prefix = key.prefix,
          .tenant = TenantOf(key.principal),
          .roles = absl::StrJoin(auth::RoleNames(key.principal.roles), ", "),
          .description = key.description,
          .create_time = key.create_time,
          .expire_time = key.expire_time,
          .state = key.Holds(now)           ? "holds"
                   : now >= key.revoke_time ? "revoked"
                                            : "expired"};
}

KeyRow RowOf(const admin::v1::ApiKey& key) {
  using State = admin::v1::ApiKey;
  const std::vector<std::string> parts = absl::StrSplit(key.name(), '/');
  auth::Roles roles;
  for (const int role : key.roles()) roles.Add(static_cast<auth::Role>(role));
  return {.prefix = parts.back(),
          .tenant = parts.size() > 1 && parts[1] != "-" ? parts[1] : "every tenant",
          .roles = absl::StrJoin(auth::RoleNames(roles), ", "),
          .description = key.description(),
          .create_time = FromProto(key.create_time()),
          .expire_time = key.has_expire_time() ? FromProto(key.expire_time()) : absl::InfiniteFuture(),
          .state = key.state() == State::STATE_ACTIVE    ? "holds"
                   : key.state() == State::STATE_REVOKED ? "revoked"
                                                         : "expired"};
}

std::string ParentOf(const Context& context, bool every_tenant) {
  return every_tenant ? "tenants/-" : context.tenant_name();
}

struct ShownKey {
  std::string prefix, secret;
};

absl::StatusOr<ShownKey> CreateInFile(const Context& context, const KeyOptions& options, auth::Principal holder) {
  if (!options.tenants_file.empty() && holder.tenant.has_value()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auth::TenantTable tenants, auth::ReadTenantFile(options.tenants_file));
    CLIENTELE_RETURN_IF_ERROR(tenants.Get(holder.tenant->value()).status());
  }
  const auth::NewApiKey made =
      auth::MakeApiKey(std::move(holder), options.description, context.clock().Now(), absl::Hours(24) * options.days);
  CLIENTELE_RETURN_IF_ERROR(auth::AddToApiKeyFile(options.file, made.key));
  return ShownKey{made.key.prefix, made.secret};
}

absl::StatusOr<ShownKey> CreateAtServer(const Context& context, const KeyOptions& options, const auth::Roles& roles) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
  admin::v1::CreateApiKeyRequest request;
  request.set_parent(ParentOf(context, options.holder.every_tenant));
  admin::v1::ApiKey& key = *request.mutable_api_key();
  key.set_description(options.description);
  *key.mutable_expire_time() = ToProto(context.clock().Now() + absl::Hours(24) * options.days);
  for (int role = common::v1::Role_MIN + 1; role <= common::v1::Role_MAX; ++role) {
    if (roles.Has(static_cast<auth::Role>(role))) key.add_roles(static_cast<auth::Role>(role));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->CreateApiKey(request));
  return ShownKey{RowOf(response.api_key()).prefix, response.secret()};
}

absl::Status CreateKey(Context& context, const KeyOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auth::Principal holder, HolderOf(context, options.holder));
  const auth::Roles roles = holder.roles;
  CLIENTELE_ASSIGN_OR_RETURN(const ShownKey key, options.server.empty()
                                                     ? CreateInFile(context, options, std::move(holder))
                                                     : CreateAtServer(context, options, roles));
  context.console().Note(
      absl::StrCat("Keep this key where only its holder reads it: it is not shown again. Revoke it with "
                   "clientele keys revoke ",
                   key.prefix, options.server.empty() ? " --file " : " --server ", options.file, options.server));
  context.console().out << key.secret << "\n";
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeyRow>> ReadRows(const Context& context, const KeyOptions& options) {
  std::vector<KeyRow> rows;
  if (options.server.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auth::ApiKeys keys, auth::ReadApiKeyFile(options.file));
    for (const auto& [prefix, key] : keys.keys()) rows.push_back(RowOf(key, context.clock().Now()));
    return rows;
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
  admin::v1::ListApiKeysRequest request;
  request.set_parent(ParentOf(context, options.holder.every_tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListApiKeys(request));
  for (const admin::v1::ApiKey& key : response.api_keys()) rows.push_back(RowOf(key));
  return rows;
}

absl::Status ListKeys(Context& context, const KeyOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<KeyRow> rows, ReadRows(context, options));
  Table table({{"prefix", "Key"},
               {"tenant", "Tenant"},
               {"roles", "Roles"},
               {"description", "For"},
               {"created", "Created"},
               {"expires", "Expires"},
               {"state", "State"}});
  for (const KeyRow& row : rows) {
    table.AddRow({Cell::Text(row.prefix), Cell::Text(row.tenant), Cell::Text(row.roles), Cell::Text(row.description),
                  Cell::Text(DayOf(row.create_time)), Cell::Text(DayOf(row.expire_time)), Cell::Text(row.state)});
  }
  context.console().Print(table);
  return absl::OkStatus();
}

absl::Status RevokeKey(Context& context, const KeyOptions& options) {
  if (options.server.empty()) {
    CLIENTELE_RETURN_IF_ERROR(auth::RevokeInApiKeyFile(options.file, options.prefix, context.clock().Now()).status());
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const auto client, ConnectToAdmin(context, options.server));
    admin::v1::RevokeApiKeyRequest request;
    request.set_name(absl::StrCat(ParentOf(context, options.holder.every_tenant), "/apiKeys/", options.prefix));
    CLIENTELE_RETURN_IF_ERROR(client->RevokeApiKey(request).status());
  }
  context.console().Say(absl::StrCat(options.prefix, " is revoked; servers that read ",
                                     options.server.empty() ? options.file : "the same file",
                                     " refuse it within a second"));
  return absl::OkStatus();
}

absl::Status CreateToken(Context& context, const TokenOptions& options) {
  auth::TokenClaims claims;
  claims.subject = options.subject;
  claims.issuer = options.issuer;
  claims.audience = options.audience;
  claims.tenant = options.holder.every_tenant ? "*" : context.options.tenant;
  CLIENTELE_RETURN_IF_ERROR(HolderOf(context, options.holder).status());
  claims.roles = options.holder.roles;
  claims.issued = context.clock().Now();
  if (!absl::ParseDuration(options.lifetime, &claims.lifetime) || claims.lifetime <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("--lifetime ", options.lifetime, ": write 15m or 24h"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::string pem, auth::ReadTextFile(options.key_file));
  const auto token = auth::SignToken(claims, pem);
  if (!token.ok()) return absl::InvalidArgumentError(absl::StrCat(options.key_file, ": ", token.status().message()));
  context.console().out << *token << "\n";
  return absl::OkStatus();
}

}  // namespace

void AddKeys(CLI::App& app, Context& context) {
  CLI::App* keys =
      app.add_subcommand("keys", "Make, list and revoke API keys, in the servers' file or through one of them");
  keys->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();
  const auto with_place = [&](CLI::App* command) {
    CLI::Option_group* place = command->add_option_group("Where keys are kept");
    place->add_option("--file", options->file, "The servers' auth.api_keys_file");
    place->add_option("--server", options->server, kServerHelp);
    place->require_option(1);
    return command;
  };
  CLI::App* create = with_place(keys->add_subcommand("create", "Make a key for --tenant, and show it once"));
  AddHolder(create, options->holder);
  create->add_option("--tenants-file", options->tenants_file,
                     "With --file: the servers' auth.tenants_file; only tenants in it get a key");
  create->add_option("--for", options->description, "Who or what has it");
  create->add_option("--days", options->days, "How long it holds")->check(CLI::Range(1, 3650))->capture_default_str();
  CLI::App* list = with_place(keys->add_subcommand("list", "List keys by the part of them that is no secret"));
  CLI::App* revoke = with_place(keys->add_subcommand("revoke", "End a key now"));
  revoke->add_option("prefix", options->prefix, "As `keys list` shows it: ck_3f9a2b71")->required();
  for (CLI::App* command : {list, revoke}) {
    command->add_flag("--every-tenant", options->holder.every_tenant,
                      "At a server: keys of the platform's services and all others, instead of --tenant's");
  }
  context.Bind(create, [&context, options] { return CreateKey(context, *options); });
  context.Bind(list, [&context, options] { return ListKeys(context, *options); });
  context.Bind(revoke, [&context, options] { return RevokeKey(context, *options); });
}

void AddTokens(CLI::App& app, Context& context) {
  CLI::App* tokens =
      app.add_subcommand("tokens", "Sign tokens with a key of your own, where no identity provider does");
  tokens->require_subcommand(1);
  CLI::App* create = tokens->add_subcommand("create", "Sign a JSON Web Token for --tenant");
  auto options = std::make_shared<TokenOptions>();
  create
      ->add_option("--key", options->key_file,
                   "PEM private key, Ed25519, P-256 or RSA: openssl genpkey -algorithm ed25519.\n"
                   "Its public half is the servers' auth.key_set_file: openssl pkey -pubout")
      ->required();
  create->add_option("--subject", options->subject, "Who it speaks of: journals and logs name them")->required();
  AddHolder(create, options->holder);
  create->add_option("--lifetime", options->lifetime, "How long it holds")->capture_default_str();
  create->add_option("--issuer", options->issuer, "Where the servers want one");
  create->add_option("--audience", options->audience, "Where the servers want one");
  context.Bind(create, [&context, options] { return CreateToken(context, *options); });
}

}  // namespace clientele::cli
