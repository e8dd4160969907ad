// `value`: what customers are worth by the tenant's own rules, and those rules.
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/output/potential_value_view.h"
#include "services/cli/training/spec_file.h"

namespace clientele::cli {
namespace {

using inference::v1::ValueSettings;

struct SettingsOptions {
  int64_t revision = 0;
  std::string file;
  std::optional<double> alpha, beta, gamma;
  std::vector<std::string> purchase, referral, maintenance;  // FEATURE=FACTOR
  std::vector<std::string> tiers;                            // TIER=PERCENTILE
  std::string reason;
};

struct ValueOptions {
  std::vector<std::string> customers;
  std::vector<std::string> where;  // FEATURE>=NUMBER or FEATURE<=NUMBER
  int64_t revision = 0;
  std::string as_of;
  int top = 10;
};

struct Named {
  std::string name;
  double number = 0;
};

// "spend_365d=1".
absl::StatusOr<Named> ParseNamed(absl::string_view option, absl::string_view text) {
  const size_t equals = text.rfind('=');
  Named named;
  if (equals != absl::string_view::npos && equals > 0 && absl::SimpleAtod(text.substr(equals + 1), &named.number)) {
    named.name = std::string(text.substr(0, equals));
    return named;
  }
  return absl::InvalidArgumentError(absl::StrCat(option, " ", text, ": write name=number"));
}

absl::Status SetComponent(absl::string_view option, const std::vector<std::string>& terms,
                          ValueSettings::Component& component) {
  if (terms.empty()) return absl::OkStatus();
  component.clear_terms();
  for (const std::string& text : terms) {
    CLIENTELE_ASSIGN_OR_RETURN(const Named named, ParseNamed(option, text));
    auto& term = *component.add_terms();
    term.set_feature(named.name);
    term.set_factor(named.number);
  }
  return absl::OkStatus();
}

// What the options say over `settings`.
absl::Status Apply(const SettingsOptions& options, ValueSettings& settings) {
  if (options.alpha) settings.set_alpha(*options.alpha);
  if (options.beta) settings.set_beta(*options.beta);
  if (options.gamma) settings.set_gamma(*options.gamma);
  CLIENTELE_RETURN_IF_ERROR(SetComponent("--purchase", options.purchase, *settings.mutable_purchase()));
  CLIENTELE_RETURN_IF_ERROR(SetComponent("--referral", options.referral, *settings.mutable_referral()));
  CLIENTELE_RETURN_IF_ERROR(SetComponent("--maintenance", options.maintenance, *settings.mutable_maintenance()));
  if (!options.tiers.empty()) settings.clear_tiers();
  for (const std::string& text : options.tiers) {
    CLIENTELE_ASSIGN_OR_RETURN(const Named named, ParseNamed("--tier", text));
    auto& rule = *settings.add_tiers();
    rule.set_tier(named.name);
    rule.set_at_least_percentile(named.number);
  }
  settings.set_reason(options.reason);
  return absl::OkStatus();
}

absl::StatusOr<ValueSettings> Read(Context& context, int64_t revision) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetValueSettingsRequest request;
  request.set_name(context.tenant_name() + "/valueSettings");
  request.set_revision(revision);
  return client->GetValueSettings(request);
}

void PrintSettings(Context& context, const ValueSettings& settings) {
  context.console().Say(absl::StrCat("V = ", FormulaText(settings)));
  context.console().Print(settings, ValueSettingsTable(settings));
}

absl::Status ShowSettings(Context& context, const SettingsOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const ValueSettings settings, Read(context, options.revision));
  PrintSettings(context, settings);
  return absl::OkStatus();
}

absl::Status SetSettings(Context& context, const SettingsOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const ValueSettings now, Read(context, 0));
  inference::v1::UpdateValueSettingsRequest request;
  ValueSettings& wanted = *request.mutable_value_settings();
  if (options.file.empty()) {
    wanted = now;
  } else {
    CLIENTELE_RETURN_IF_ERROR(ReadMessageFile(options.file, wanted));
  }
  CLIENTELE_RETURN_IF_ERROR(Apply(options, wanted));
  wanted.set_name(now.name());
  wanted.set_etag(now.etag());
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const ValueSettings settings, client->UpdateValueSettings(request));
  PrintSettings(context, settings);
  return absl::OkStatus();
}

absl::Status ShowHistory(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::ListValueSettingsRevisionsRequest request;
  request.set_parent(context.tenant_name());
  CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListValueSettingsRevisions(request));
  context.console().PrintList(page.value_settings(), ValueHistoryTable(page.value_settings()));
  if (page.value_settings().empty()) context.console().Note("The tenant has the defaults.");
  if (!page.next_page_token().empty()) context.console().Note("There are older ones.");
  return absl::OkStatus();
}

absl::Status SetAsOf(Context& context, const std::string& text, google::protobuf::Timestamp* as_of) {
  CLIENTELE_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(text, context.clock().Now()));
  *as_of = ToProto(time);
  return absl::OkStatus();
}

absl::Status ShowCustomers(Context& context, const ValueOptions& options) {
  inference::v1::ComputePotentialValuesRequest request;
  request.set_parent(context.tenant_name());
  for (const std::string& customer : options.customers) request.add_subjects()->set_customer_id(customer);
  request.set_revision(options.revision);
  if (!options.as_of.empty()) CLIENTELE_RETURN_IF_ERROR(SetAsOf(context, options.as_of, request.mutable_as_of()));
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ComputePotentialValues(request));
  Console& console = context.console();
  console.Print(response, PotentialValuesTable(response.potential_values()));
  for (const auto& error : response.errors()) {
    console.Note(absl::StrCat(request.subjects(error.index()).customer_id(), ": ", error.message()));
  }
  console.Say(absl::StrCat("Together ", FormatNumber(response.portfolio_value(), 2), " ", response.currency_code(),
                           response.currency_code().empty() ? "" : " ", "by revision ", response.revision(),
                           " of the settings"));
  return absl::OkStatus();
}

// "recency_days<=90".
absl::Status AddCondition(const std::string& text, inference::v1::ComputePortfolioValueRequest& request) {
  const size_t sign = text.find_first_of("<>");
  double bound = 0;
  const bool reads = sign != std::string::npos && sign > 0 && text.compare(sign + 1, 1, "=") == 0 &&
                     absl::SimpleAtod(absl::string_view(text).substr(sign + 2), &bound);
  if (!reads)
    return absl::InvalidArgumentError(absl::StrCat("--where ", text, ": write feature>=number or feature<=number"));
  auto& condition = *request.add_where();
  condition.set_feature(text.substr(0, sign));
  if (text[sign] == '>') condition.set_at_least(bound);
  if (text[sign] == '<') condition.set_at_most(bound);
  return absl::OkStatus();
}

absl::Status ShowPortfolio(Context& context, const ValueOptions& options) {
  inference::v1::ComputePortfolioValueRequest request;
  request.set_parent(context.tenant_name());
  for (const std::string& text : options.where) CLIENTELE_RETURN_IF_ERROR(AddCondition(text, request));
  request.set_revision(options.revision);
  request.set_top(options.top == 0 ? -1 : options.top);
  if (!options.as_of.empty()) CLIENTELE_RETURN_IF_ERROR(SetAsOf(context, options.as_of, request.mutable_as_of()));
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ComputePortfolioValue(request));
  Console& console = context.console();
  console.Print(response, PortfolioTable(response));
  if (!console.for_people()) return absl::OkStatus();
  if (!response.top().empty()) {
    console.Heading("The most valuable");
    console.Print(PotentialValuesTable(response.top()));
  }
  console.Say(absl::StrCat("In ", response.currency_code(), ", as of ", FormatDateTime(FromProto(response.as_of())),
                           ", by revision ", response.revision(), " of the settings"));
  if (response.opted_out() > 0) {
    console.Say(absl::StrCat(FormatCount(response.opted_out()), " customers have opted out and are left out"));
  }
  return absl::OkStatus();
}

void AddValueSettings(CLI::App& value, Context& context) {
  CLI::App* settings = value.add_subcommand("settings", "The weights, what components are made of, and tiers");
  settings->require_subcommand(1);
  auto options = std::make_shared<SettingsOptions>();
  CLI::App* show = settings->add_subcommand("show", "Show the settings");
  show->add_option("--revision", options->revision, "An earlier one [the newest]")->check(CLI::PositiveNumber);
  context.Bind(show, [&context, options] { return ShowSettings(context, *options); });
  context.Bind(settings->add_subcommand("history", "Every revision: who, when, why"),
               [&context] { return ShowHistory(context); });
  CLI::App* set = settings->add_subcommand("set", "Change some of the settings: a new revision");
  set->add_option("--alpha", options->alpha, "Weight of what a customer buys");
  set->add_option("--beta", options->beta, "Weight of whom a customer refers");
  set->add_option("--gamma", options->gamma, "Weight of how a customer keeps in touch");
  set->add_option("--purchase", options->purchase, "feature=factor; repeat it. Replaces all terms, as the next two");
  set->add_option("--referral", options->referral, "feature=factor; repeat it");
  set->add_option("--maintenance", options->maintenance, "feature=factor; repeat it");
  set->add_option("--tier", options->tiers, "name=percentile, the highest first; repeat it. Replaces all tiers");
  set->add_option("--file", options->file, "All settings, JSON or YAML; other options come on top")
      ->check(CLI::ExistingFile);
  set->add_option("--reason", options->reason, "Why, for the history");
  set->footer(
      "Example:\n  clientele value settings set --beta 0.4 --tier gold=90 --tier silver=70 --reason \"spring plan\"");
  context.Bind(set, [&context, options] { return SetSettings(context, *options); });
}

}  // namespace

void AddValue(CLI::App& app, Context& context) {
  CLI::App* value =
      app.add_subcommand("value", "What customers are worth by your own rules: V = alpha B + beta R + gamma M");
  value->require_subcommand(1);
  AddValueSettings(*value, context);
  auto options = std::make_shared<ValueOptions>();
  const auto add = [&](const char* name, const char* description, absl::Status (*run)(Context&, const ValueOptions&)) {
    CLI::App* command = value->add_subcommand(name, description);
    command->add_option("--revision", options->revision, "Of the settings [the newest]")->check(CLI::PositiveNumber);
    command->add_option("--as-of", options->as_of, "Features of that instant [now]");
    context.Bind(command, [&context, options, run] { return run(context, *options); });
    return command;
  };
  add("customers", "The value of some customers", ShowCustomers)
      ->add_option("customer", options->customers, "Their ids")
      ->required();
  CLI::App* portfolio = add("portfolio", "The value of everybody, or of those for whom conditions hold", ShowPortfolio);
  portfolio->add_option("--where", options->where,
                        "\"recency_days<=90\" or \"purchases>=2\"; repeat it: all must hold");
  portfolio->add_option("--top", options->top, "How many of the most valuable to name")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
}

}  // namespace clientele::cli
