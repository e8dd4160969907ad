// `score`: what the models say of one customer, of given features, or of everybody.
#include <algorithm>
#include <fstream>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/output/lifetime_value_view.h"
#include "services/cli/output/override_view.h"
#include "services/cli/output/rfm_view.h"
#include "services/cli/output/standing_view.h"
#include "services/cli/output/survival_view.h"
#include "services/cli/report/score_everybody.h"

namespace clientele::cli {
namespace {

using inference::v1::Score;
using inference::v1::ScoreResponse;

struct ScoreOptions {
  std::string customer;
  std::string model;
  std::vector<std::string> features;
  int reasons = 5;
  int horizon_days = 0;
  int trend_days = 0;
  bool all = false;
  std::string out;
  ReportModels report_models;
};

// "churn" of tenants/demo/models/churn/versions/3.
std::string ModelOf(absl::string_view version) {
  const size_t end = version.find("/versions/");
  return LastSegment(version.substr(0, end));
}

// "120.50 EUR, 90 % between 0.00 and 410.20, any at all 71.3 % (percentile 83)"
std::string ValueText(const Score::PredictedValue& value) {
  std::string text = absl::StrCat(FormatNumber(value.value(), 2), " ", value.currency_code());
  if (value.interval_coverage() > 0) {
    absl::StrAppend(&text, ", ", FormatPercent(value.interval_coverage(), 0), " between ",
                    FormatNumber(value.lower(), 2), " and ", FormatNumber(value.upper(), 2));
  }
  if (value.occurrence_probability() > 0) {
    absl::StrAppend(&text, ", any at all ", FormatPercent(value.occurrence_probability(), 1));
  }
  return absl::StrCat(text, " (percentile ", FormatNumber(value.percentile(), 0), ")");
}

std::string ScoreText(const Score& score) {
  if (score.has_probability()) {
    return absl::StrCat(FormatPercent(score.probability().probability(), 1),
                        score.probability().positive() ? ", yes" : ", no", " (percentile ",
                        FormatNumber(score.probability().percentile(), 0), ")");
  }
  if (score.has_segment()) return score.segment().segment();
  if (score.has_value()) return ValueText(score.value());
  if (score.has_lifetime_value()) return LifetimeValueText(score.lifetime_value());
  if (score.has_survival()) return SurvivalText(score.survival());
  if (score.has_rfm()) return RfmText(score.rfm());
  if (score.has_predicted_class()) {
    const auto& classes = score.predicted_class().classes();
    const auto likely = std::max_element(
        classes.begin(), classes.end(), [](const auto& a, const auto& b) { return a.probability() < b.probability(); });
    const double probability = likely == classes.end() ? 0 : likely->probability();
    return absl::StrCat(score.predicted_class().predicted_class(), " (", FormatPercent(probability, 1), ")");
  }
  return "";
}

void ShowScore(const ScoreResponse& response, Console& console) {
  console.Heading(absl::StrCat(ModelOf(response.model_version()), ": ", ScoreText(response.score())));
  if (const std::string override_text = OverrideText(response.score()); !override_text.empty()) {
    console.Say(override_text);
  }
  if (response.score().has_lifetime_value()) {
    console.Print(LifetimeValueTable(response.score().lifetime_value()));
    console.Say(LifetimeValueTerms(response.score().lifetime_value()));
  }
  if (response.score().has_survival()) {
    console.Print(SurvivalTable(response.score().survival()));
    console.Say(SurvivalTerms(response.score().survival()));
  }
  if (const std::string advice = RfmAdvice(response.score().rfm()); !advice.empty()) console.Say(advice);
  if (const std::string standing = StandingText(response.score()); !standing.empty()) console.Say(standing);
  if (const std::string trend = TrendText(response.score()); !trend.empty()) console.Say(trend);
  const Table table = ReasonsTable(response.score());
  if (!table.rows().empty()) console.Print(table);
  if (response.score().imputed_features_size() > 0) {
    console.Say(absl::StrCat("Not known, imputed: ", absl::StrJoin(response.score().imputed_features(), ", ")));
  }
  console.Say(absl::StrCat("By version ", LastSegment(response.model_version()),
                           response.alias().empty() ? "" : absl::StrCat(", the ", response.alias())));
}

Table ScoresTable(const google::protobuf::RepeatedPtrField<ScoreResponse>& responses) {
  Table table({{"model", "Model"}, {"version", "Version"}, {"score", "Score"}, {"override", "Override"}});
  for (const ScoreResponse& response : responses) {
    table.AddRow({Cell::Text(ModelOf(response.model_version())), Cell::Text(LastSegment(response.model_version())),
                  Cell::Text(ScoreText(response.score())), Cell::Text(OverrideText(response.score()))});
  }
  return table;
}

absl::Status ScoreCustomer(Context& context, const ScoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::ScoreCustomerRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(options.customer));
  request.set_max_reasons(options.reasons == 0 ? -1 : options.reasons);
  request.set_trend_days(options.trend_days);
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ScoreCustomer(request));
  Console& console = context.console();
  if (!console.for_people()) {
    console.Print(response, ScoresTable(response.scores()));
  } else {
    for (const ScoreResponse& score : response.scores()) ShowScore(score, console);
    if (const std::string risk = ValueAtRiskText(response); !risk.empty()) console.Say(absl::StrCat("\n", risk));
  }
  for (const auto& error : response.errors()) {
    console.Note(absl::StrCat(LastSegment(error.model()), ": ", error.message()));
  }
  if (response.scores().empty() && response.errors().empty()) {
    return absl::NotFoundError("the tenant has no model; train one with clientele train");
  }
  return absl::OkStatus();
}

absl::Status ScoreByModel(Context& context, const ScoreOptions& options) {
  inference::v1::ScoreRequest request;
  request.set_name(context.model_name(options.model));
  request.set_max_reasons(options.reasons == 0 ? -1 : options.reasons);
  request.set_horizon_days(options.horizon_days);
  request.set_trend_days(options.trend_days);
  request.mutable_subject()->set_customer_id(options.customer);
  for (const std::string& feature : options.features) {
    const size_t equals = feature.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("--feature ", feature, ": write name=value"));
    }
    auto& named = *request.mutable_subject()->add_features();
    named.set_feature(feature.substr(0, equals));
    const std::string text = feature.substr(equals + 1);
    double number = 0;
    if (absl::SimpleAtod(text, &number)) {
      named.mutable_value()->set_number(number);
    } else if (!text.empty()) {
      named.mutable_value()->set_text(text);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreResponse response, client->Score(request));
  Console& console = context.console();
  if (console.for_people()) {
    ShowScore(response, console);
  } else {
    google::protobuf::RepeatedPtrField<ScoreResponse> responses;
    *responses.Add() = response;
    console.Print(response, ScoresTable(responses));
  }
  return absl::OkStatus();
}

absl::Status ScoreAll(Context& context, const ScoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * inference, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * ingestion, context.ingestion());
  CLIENTELE_ASSIGN_OR_RETURN(const auto all_models, inference->ListModels(context.tenant_name()));
  CLIENTELE_ASSIGN_OR_RETURN(const ReportModels models, ChooseModels(all_models, options.report_models));
  if (!models.any()) return absl::NotFoundError("the tenant has no model; train one with clientele train");
  Console& console = context.console();
  std::ofstream file;
  if (!options.out.empty()) {
    file.open(options.out, std::ios::binary | std::ios::trunc);
    if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", options.out));
  }
  std::ostream& out = options.out.empty() ? console.out : file;
  Progress progress = console.StartProgress("Scoring");
  bool first = true;
  int64_t seen = 0;
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreCounts counts,
                             ScoreEverybody(*ingestion, *inference, context.tenant_name(), models,
                                            [&](const std::vector<ScoredCustomer>& page) {
                                              const std::string csv = RenderCsv(ScoreTable(page));
                                              out << (first ? csv : csv.substr(csv.find('\n') + 1));
                                              first = false;
                                              seen += static_cast<int64_t>(page.size());
                                              progress.Update(-1, absl::StrCat(FormatCount(seen), " customers"));
                                              return absl::OkStatus();
                                            }));
  out.flush();
  if (!out) return absl::InternalError(absl::StrCat("cannot write ", options.out.empty() ? "the output" : options.out));
  progress.Done(absl::StrCat(FormatCount(counts.customers), " customers",
                             options.out.empty() ? "" : absl::StrCat(" written to ", options.out)));
  if (counts.errors > 0) {
    console.Note(absl::StrCat(FormatCount(counts.errors), " scores are missing; the first: ", counts.first_error));
  }
  return absl::OkStatus();
}

absl::Status RunScore(Context& context, const ScoreOptions& options) {
  if (options.all) return ScoreAll(context, options);
  if (!options.model.empty()) {
    if (options.customer.empty() && options.features.empty()) {
      return absl::InvalidArgumentError("name a customer, or give --feature name=value");
    }
    return ScoreByModel(context, options);
  }
  if (options.horizon_days > 0) {
    return absl::InvalidArgumentError("--horizon-days wants --model: a lifetime value model");
  }
  if (options.customer.empty())
    return absl::InvalidArgumentError("name a customer, or --model and --feature, or --all");
  if (!options.features.empty())
    return absl::InvalidArgumentError("--feature wants --model: which one is to be asked?");
  return ScoreCustomer(context, options);
}

}  // namespace

void AddScore(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("score", "Say what the models say of a customer, and why; or of everybody");
  auto options = std::make_shared<ScoreOptions>();
  command->add_option("customer", options->customer, "The customer's id");
  command->add_option("--model", options->model, "One model [all of them]; also churn/aliases/NAME, churn/versions/3");
  command->add_option("--feature", options->features, "name=value, instead of or over the customer's own; repeat it");
  command->add_option("--reasons", options->reasons, "How many to show")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  command->add_option("--horizon-days", options->horizon_days, "With --model, of lifetime value [the model's own]")
      ->check(CLI::Range(1, 36'500));
  command->add_option("--trend-days", options->trend_days, "Also say how the score was so many days ago")
      ->check(CLI::Range(1, 3'650));
  command->add_flag("--all", options->all, "Score everybody, as CSV")
      ->excludes("customer")
      ->excludes("--model")
      ->excludes("--trend-days");
  command->add_option("--out", options->out, "With --all: the file to write [standard output]");
  command->add_option("--segments-model", options->report_models.segments,
                      "With --all: clusters or RFM [segments, or the only clustering]");
  command->add_option("--churn-model", options->report_models.churn, "With --all [churn, or the only classifier]");
  command->add_option("--value-model", options->report_models.value,
                      "With --all [lifetime value, else a value regression: value, or the only one]");
  command->add_option("--survival-model", options->report_models.survival,
                      "With --all [survival, or the only survival model]");
  command->footer(
      "Examples:\n  clientele score C000017\n  clientele score --model churn --feature recency_days=40\n"
      "  clientele score --all --out scores.csv");
  context.Bind(command, [&context, options] { return RunScore(context, *options); });
}

}  // namespace clientele::cli
