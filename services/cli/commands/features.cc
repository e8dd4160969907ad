// `features`: the catalogue, a customer's values, definitions of the tenant's own.
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/output/values.h"
#include "services/cli/training/spec_file.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Feature;

absl::StatusOr<std::vector<Feature>> AllFeatures(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  std::vector<Feature> features;
  ingestion::v1::ListFeaturesRequest request;
  request.set_parent(context.tenant_name());
  do {
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListFeatures(request));
    features.insert(features.end(), page.features().begin(), page.features().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return features;
}

absl::Status List(Context& context, const std::string& containing) {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Feature> features, AllFeatures(context));
  std::erase_if(features,
                [&](const Feature& feature) { return !absl::StrContains(feature.definition().name(), containing); });
  Table table({{"feature", "Feature"}, {"unit", "Unit"}, {"built_in", "Built in"}, {"meaning", "Meaning"}});
  for (const Feature& feature : features) {
    const auto& definition = feature.definition();
    const std::string& meaning =
        definition.description().empty() ? definition.display_name() : definition.description();
    table.AddRow({Cell::Text(definition.name()), Cell::Text(definition.unit()),
                  Cell::Text(definition.built_in() ? "yes" : "no"), Cell::Text(meaning)});
  }
  context.console().PrintList(features, table);
  return absl::OkStatus();
}

absl::Status Get(Context& context, const std::string& customer, const std::vector<std::string>& names,
                 const std::string& as_of, const std::string& known_at) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::BatchGetFeaturesRequest request;
  request.set_parent(context.tenant_name());
  request.add_customer_ids(customer);
  request.mutable_features()->Assign(names.begin(), names.end());
  const absl::Time now = context.clock().Now();
  if (!as_of.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(as_of, now));
    *request.mutable_as_of() = ToProto(time);
  }
  if (!known_at.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(known_at, now));
    *request.mutable_known_at() = ToProto(time);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->GetFeatures(request));
  Table table({{"feature", "Feature"}, {"value", "Value", Align::kRight}});
  for (int i = 0; i < response.features_size() && response.rows_size() > 0; ++i) {
    const auto& value = response.rows(0).values(i);
    table.AddRow({Cell::Text(response.features(i)), value.kind_case() == common::v1::Value::KIND_NOT_SET
                                                        ? Cell::Missing()
                                                        : Cell::Text(ShowValue(value))});
  }
  context.console().Print(response, table);
  return absl::OkStatus();
}

absl::Status Create(Context& context, const std::string& file) {
  ingestion::v1::CreateFeatureRequest request;
  request.set_parent(context.tenant_name());
  CLIENTELE_RETURN_IF_ERROR(ReadMessageFile(file, *request.mutable_feature()->mutable_definition()));
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  CLIENTELE_ASSIGN_OR_RETURN(const Feature feature, client->CreateFeature(request));
  Table table({{"feature", "Feature"}, {"unit", "Unit"}});
  table.AddRow({Cell::Text(feature.definition().name()), Cell::Text(feature.definition().unit())});
  context.console().Print(feature, table);
  return absl::OkStatus();
}

}  // namespace

void AddFeatures(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("features", "List features, get a customer's, define your own");
  command->require_subcommand(1);
  auto containing = std::make_shared<std::string>();
  CLI::App* list = command->add_subcommand("list", "List the built-in features, your own, and those of attributes");
  list->add_option("containing", *containing, "Only names that contain this");
  context.Bind(list, [&context, containing] { return List(context, *containing); });

  auto customer = std::make_shared<std::string>();
  auto names = std::make_shared<std::vector<std::string>>();
  auto as_of = std::make_shared<std::string>();
  auto known_at = std::make_shared<std::string>();
  CLI::App* get = command->add_subcommand("get", "Show a customer's features");
  get->add_option("customer", *customer, "The customer's id")->required();
  get->add_option("features", *names, "Their names [all built-in ones]");
  get->add_option("--as-of", *as_of, "What happened until then: 2026-08-31, \"90 days ago\" [now]");
  get->add_option("--known-at", *known_at, "... and was ingested until then [as-of]");
  context.Bind(
      get, [&context, customer, names, as_of, known_at] { return Get(context, *customer, *names, *as_of, *known_at); });

  auto file = std::make_shared<std::string>();
  CLI::App* create = command->add_subcommand("create", "Define a feature; its name keeps its meaning for ever");
  create->add_option("file", *file, "A FeatureDefinition in JSON, or YAML (.yaml); - is standard input")->required();
  create->footer(
      "Example:\n  echo '{\"name\": \"night_logins_30d\", \"unit\": \"logins\", \"aggregate\": {\n"
      "    \"kind\": \"RECORD_KIND_INTERACTION\", \"aggregation\": \"AGGREGATION_COUNT\", \"windowDays\": 30,\n"
      "    \"filters\": [{\"field\": \"type\", \"comparison\": \"COMPARISON_IN\",\n"
      "      \"values\": [{\"text\": \"login\"}]}]}}' | clientele features create -");
  context.Bind(create, [&context, file] { return Create(context, *file); });
}

}  // namespace clientele::cli
