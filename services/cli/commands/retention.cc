// `retention`: how long a tenant keeps its records, by kind.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/retention_client.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

using ingestion::v1::RetentionPolicy;
using ingestion::v1::RetentionRule;
using ingestion::v1::RetentionRun;

struct RetentionOptions {
  std::vector<std::string> keep;  // kind=days, or kind=forever.
};

absl::StatusOr<std::unique_ptr<RetentionClient>> Connect(const Context& context) {
  return RetentionClient::Connect(context.service("ingestion"));
}

// "transaction" of RECORD_KIND_TRANSACTION, and back.
std::string WordOf(common::v1::RecordKind kind) {
  return absl::AsciiStrToLower(absl::StripPrefix(common::v1::RecordKind_Name(kind), "RECORD_KIND_"));
}
absl::StatusOr<common::v1::RecordKind> KindOf(absl::string_view word) {
  std::vector<std::string> known;
  for (int value = common::v1::RecordKind_MIN + 1; value <= common::v1::RecordKind_MAX; ++value) {
    const auto kind = static_cast<common::v1::RecordKind>(value);
    if (WordOf(kind) == word) return kind;
    known.push_back(WordOf(kind));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", word, "\" is no kind of record; there are ", absl::StrJoin(known, ", ")));
}

// Days by kind; 0: for ever.
absl::StatusOr<std::map<common::v1::RecordKind, int>> ReadKeep(const std::vector<std::string>& keep) {
  std::map<common::v1::RecordKind, int> days_of;
  for (const std::string& text : keep) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
    CLIENTELE_ASSIGN_OR_RETURN(const common::v1::RecordKind kind, KindOf(parts.first));
    int& days = days_of[kind];
    if (parts.second == "forever") continue;
    if (!absl::SimpleAtoi(parts.second, &days) || days < 1) {
      return absl::InvalidArgumentError(absl::StrCat(text, ": write interaction=730, or interaction=forever"));
    }
  }
  return days_of;
}

absl::StatusOr<RetentionPolicy> Read(Context& context, RetentionClient& client) {
  ingestion::v1::GetRetentionPolicyRequest request;
  request.set_name(context.tenant_name() + "/retentionPolicy");
  return client.GetPolicy(request);
}

// The policy's rules with the changes.
void Apply(const std::map<common::v1::RecordKind, int>& changes, RetentionPolicy& policy) {
  std::map<common::v1::RecordKind, int> days_of = changes;
  for (const RetentionRule& rule : policy.rules()) days_of.try_emplace(rule.kind(), rule.days());
  policy.clear_rules();
  for (const auto& [kind, days] : days_of) {
    if (days == 0) continue;
    RetentionRule& rule = *policy.add_rules();
    rule.set_kind(kind);
    rule.set_days(days);
  }
}

std::string CutOf(const google::protobuf::RepeatedPtrField<common::v1::RetentionCut>& cuts,
                  common::v1::RecordKind kind) {
  for (const common::v1::RetentionCut& cut : cuts) {
    if (cut.kind() == kind) return absl::FormatTime(absl::RFC3339_sec, FromProto(cut.cut_time()), absl::UTCTimeZone());
  }
  return "";
}

void PrintPolicy(Context& context, const RetentionPolicy& policy) {
  Table table({{"kind", "Records"}, {"days", "Kept for days", Align::kRight}, {"cut", "Refused before"}});
  for (const RetentionRule& rule : policy.rules()) {
    table.AddRow({Cell::Text(WordOf(rule.kind())), Cell::Count(rule.days()),
                  Cell::Text(CutOf(policy.cuts(), rule.kind()))});
  }
  context.console().Print(policy, table);
  if (policy.rules().empty()) context.console().Say("All records are kept for ever");
}

absl::Status Show(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const RetentionPolicy policy, Read(context, *client));
  PrintPolicy(context, policy);
  return absl::OkStatus();
}

absl::Status Set(Context& context, const RetentionOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto changes, ReadKeep(options.keep));
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::UpdateRetentionPolicyRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_retention_policy(), Read(context, *client));
  Apply(changes, *request.mutable_retention_policy());
  CLIENTELE_ASSIGN_OR_RETURN(const RetentionPolicy policy, client->UpdatePolicy(request));
  PrintPolicy(context, policy);
  return absl::OkStatus();
}

absl::Status Preview(Context& context, const RetentionOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto changes, ReadKeep(options.keep));
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::PreviewRetentionRequest request;
  request.set_parent(context.tenant_name());
  if (!changes.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(RetentionPolicy policy, Read(context, *client));
    Apply(changes, policy);
    *request.mutable_rules() = policy.rules();
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto preview, client->Preview(request));
  Table table({{"kind", "Records"}, {"cut", "Before"}, {"count", "Would go", Align::kRight}});
  for (const ingestion::v1::RetentionCount& count : preview.counts()) {
    table.AddRow({Cell::Text(WordOf(count.kind())), Cell::Text(CutOf(preview.cuts(), count.kind())),
                  Cell::Count(count.count())});
  }
  context.console().Print(preview, table);
  context.console().Say(absl::StrCat("Nothing would be left of ", preview.customer_count(), " customers"));
  return absl::OkStatus();
}

std::string StateWord(RetentionRun::State state) {
  switch (state) {
    case RetentionRun::STATE_RUNNING: return "running";
    case RetentionRun::STATE_DONE: return "done";
    case RetentionRun::STATE_SUPERSEDED: return "superseded";
    default: return "";
  }
}

absl::Status Runs(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::ListRetentionRunsRequest request;
  request.set_parent(context.tenant_name());
  CLIENTELE_ASSIGN_OR_RETURN(const auto runs, client->ListRuns(request));
  Table table({{"run", "Run", Align::kRight},
               {"state", "State"},
               {"start", "Began"},
               {"end", "Ended"},
               {"removed", "Records that went"},
               {"customers", "Customers", Align::kRight}});
  for (const RetentionRun& run : runs.retention_runs()) {
    std::vector<std::string> counts;
    for (const auto& count : run.counts()) counts.push_back(absl::StrCat(count.count(), " ", WordOf(count.kind())));
    table.AddRow({Cell::Text(run.name().substr(run.name().rfind('/') + 1)), Cell::Text(StateWord(run.state())),
                  Cell::Time(FromProto(run.start_time())),
                  run.has_end_time() ? Cell::Time(FromProto(run.end_time())) : Cell::Missing(),
                  Cell::Text(absl::StrJoin(counts, ", ")), Cell::Count(run.customer_count())});
  }
  context.console().Print(runs, table);
  return absl::OkStatus();
}

}  // namespace

void AddRetention(CLI::App& app, Context& context) {
  CLI::App* retention = app.add_subcommand("retention", "How long --tenant keeps its records, by kind");
  retention->require_subcommand(1);
  auto options = std::make_shared<RetentionOptions>();
  const auto add_keep = [&](CLI::App* command) {
    return command->add_option("--keep", options->keep,
                               "kind=days or kind=forever; several: separated by commas. The others stay")
        ->delimiter(',');
  };
  context.Bind(retention->add_subcommand("show", "Show the policy, and before when records are refused"),
               [&context] { return Show(context); });
  CLI::App* set = retention->add_subcommand("set", "Change the policy; what is too old goes at once, for good");
  add_keep(set)->required();
  CLI::App* preview = retention->add_subcommand("preview", "Count what would go now; nothing is changed");
  add_keep(preview);
  context.Bind(set, [&context, options] { return Set(context, *options); });
  context.Bind(preview, [&context, options] { return Preview(context, *options); });
  context.Bind(retention->add_subcommand("runs", "Show what went, run by run"), [&context] { return Runs(context); });
}

}  // namespace clientele::cli
