// `keys` and `tokens`: the credentials that callers show. No service is asked: the servers read the same files.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/auth/api_keys.h"
#include "common/auth/token.h"
#include "common/auth/watched_file.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

struct HolderOptions {
  std::vector<std::string> roles;
  bool every_tenant = false;
};

struct KeyOptions {
  std::string file;
  HolderOptions holder;
  std::string description;
  int days = 365;
  std::string prefix;
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

// A file that is not there yet has no keys.
absl::StatusOr<auth::ApiKeys> ReadKeys(const std::string& file) {
  if (!std::filesystem::exists(file)) return auth::ApiKeys();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, auth::ReadTextFile(file));
  auto keys = auth::ApiKeys::Parse(text);
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(file, ": ", keys.status().message()));
  return keys;
}

// Whole or not at all: servers read it meanwhile.
absl::Status WriteKeys(const std::string& file, const auth::ApiKeys& keys) {
  const std::string next = file + ".new";
  std::error_code error;
  std::ofstream stream(next, std::ios::binary | std::ios::trunc);
  std::filesystem::permissions(next, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  stream << keys.Format();
  stream.close();
  if (stream && !error) std::filesystem::rename(next, file, error);
  if (!stream || error) return absl::UnavailableError(absl::StrCat(file, " cannot be written"));
  return absl::OkStatus();
}

std::string TenantOf(const auth::Principal& principal) {
  return principal.tenant.has_value() ? principal.tenant->value() : "every tenant";
}

std::string DayOf(absl::Time time) {
  return time == absl::InfiniteFuture() ? "" : absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

absl::Status CreateKey(Context& context, const KeyOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auth::Principal holder, HolderOf(context, options.holder));
  CLIENTELE_ASSIGN_OR_RETURN(auth::ApiKeys keys, ReadKeys(options.file));
  const auth::NewApiKey made =
      auth::MakeApiKey(std::move(holder), options.description, context.clock().Now(), absl::Hours(24) * options.days);
  keys.Add(made.key);
  CLIENTELE_RETURN_IF_ERROR(WriteKeys(options.file, keys));
  context.console().Note(
      absl::StrCat("Keep this key where only its holder reads it: it is not shown again. Revoke it with "
                   "clientele keys revoke ",
                   made.key.prefix, " --file ", options.file));
  context.console().out << made.secret << "\n";
  return absl::OkStatus();
}

absl::Status ListKeys(Context& context, const std::string& file) {
  CLIENTELE_ASSIGN_OR_RETURN(const auth::ApiKeys keys, ReadKeys(file));
  Table table({{"prefix", "Key"},
               {"tenant", "Tenant"},
               {"roles", "Roles"},
               {"description", "For"},
               {"created", "Created"},
               {"expires", "Expires"},
               {"state", "State"}});
  const absl::Time now = context.clock().Now();
  for (const auto& [prefix, key] : keys.keys()) {
    const char* state = key.Holds(now) ? "holds" : now >= key.revoke_time ? "revoked" : "expired";
    table.AddRow({Cell::Text(prefix), Cell::Text(TenantOf(key.principal)),
                  Cell::Text(absl::StrJoin(auth::RoleNames(key.principal.roles), ", ")), Cell::Text(key.description),
                  Cell::Text(DayOf(key.create_time)), Cell::Text(DayOf(key.expire_time)), Cell::Text(state)});
  }
  context.console().Print(table);
  return absl::OkStatus();
}

absl::Status RevokeKey(Context& context, const KeyOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auth::ApiKeys keys, ReadKeys(options.file));
  CLIENTELE_RETURN_IF_ERROR(keys.Revoke(options.prefix, context.clock().Now()));
  CLIENTELE_RETURN_IF_ERROR(WriteKeys(options.file, keys));
  context.console().Say(
      absl::StrCat(options.prefix, " is revoked; servers that read ", options.file, " refuse it within a second"));
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
  CLI::App* keys = app.add_subcommand("keys", "Make, list and revoke API keys");
  keys->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();
  const auto with_file = [&](CLI::App* command) {
    command->add_option("--file", options->file, "Where keys are kept: the servers' auth.api_keys_file")->required();
    return command;
  };
  CLI::App* create = with_file(keys->add_subcommand("create", "Make a key for --tenant, and show it once"));
  AddHolder(create, options->holder);
  create->add_option("--for", options->description, "Who or what has it");
  create->add_option("--days", options->days, "How long it holds")->check(CLI::Range(1, 3650))->capture_default_str();
  context.Bind(create, [&context, options] { return CreateKey(context, *options); });
  context.Bind(with_file(keys->add_subcommand("list", "List keys by the part of them that is no secret")),
               [&context, options] { return ListKeys(context, options->file); });
  CLI::App* revoke = with_file(keys->add_subcommand("revoke", "End a key now"));
  revoke->add_option("prefix", options->prefix, "As `keys list` shows it: ck_3f9a2b71")->required();
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
