#include "services/cli/output/current_score_view.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"
#include "services/cli/output/override_view.h"

namespace clientele::cli {
namespace {

using inference::v1::CurrentScore;
using inference::v1::RescoreJob;
using inference::v1::RescoreSchedule;

constexpr int kDecimals = 4;

// "churn" of tenants/demo/models/churn/currentScores/ada.
std::string ModelOf(absl::string_view name) { return LastSegment(name.substr(0, name.find("/currentScores/"))); }

// The tier or the segment.
std::string GroupOf(const std::string& tier, const std::string& segment) { return segment.empty() ? tier : segment; }

// "2.50" with its sign.
std::string Signed(double change) { return absl::StrCat(change > 0 ? "+" : "", Cell::Number(change, kDecimals).shown); }

std::string StateText(const RescoreJob& job) {
  return absl::AsciiStrToLower(absl::StripPrefix(RescoreJob::State_Name(job.state()), "STATE_"));
}

std::string Ids(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return names.empty() ? "all" : absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    out->append(LastSegment(name));
  });
}

}  // namespace

Table CurrentScoresTable(const std::vector<CurrentScore>& scores) {
  Table table({{"model", "Model"},
               {"customer", "Customer"},
               {"score", "Score", Align::kRight},
               {"percentile", "Percentile", Align::kRight},
               {"group", "Tier or segment"},
               {"previous_group", "Before"},
               {"change", "Change", Align::kRight},
               {"version", "Version"},
               {"feature_time", "As of"},
               {"decision", "Decided by people"},
               {"reasons", "Why"}});
  for (const CurrentScore& score : scores) {
    const auto& previous = score.previous();
    table.AddRow(
        {Cell::Text(ModelOf(score.name())), Cell::Text(score.customer_id()), Cell::Number(score.score(), kDecimals),
         score.has_percentile() ? Cell::Number(score.percentile(), 1) : Cell::Missing(),
         Cell::Text(GroupOf(score.tier(), score.segment())), Cell::Text(GroupOf(previous.tier(), previous.segment())),
         score.has_previous() ? Cell::Number(score.change(), kDecimals) : Cell::Missing(),
         Cell::Text(LastSegment(score.model_version())), Cell::Time(FromProto(score.feature_time())),
         Cell::Text(score.has_score_override() ? DecisionText(score.score_override()) : ""),
         Cell::Text(absl::StrJoin(score.reasons(), "; "))});
  }
  return table;
}

std::string ChangeText(const CurrentScore& score) {
  const auto& previous = score.previous();
  const std::string now = GroupOf(score.tier(), score.segment()), before = GroupOf(previous.tier(), previous.segment());
  std::string text = absl::StrCat(ModelOf(score.name()), " ", score.customer_id(), ": ");
  if (!now.empty()) absl::StrAppend(&text, score.has_previous() && now != before ? before + " -> " : "", now, ", ");
  const std::string number = Cell::Number(score.score(), kDecimals).shown;
  if (score.has_previous()) {
    absl::StrAppend(&text, Cell::Number(previous.score(), kDecimals).shown, " -> ", number, " (",
                    Signed(score.change()), ")");
  } else {
    absl::StrAppend(&text, number, " (new)");
  }
  if (!score.reasons().empty()) absl::StrAppend(&text, "; ", absl::StrJoin(score.reasons(), "; "));
  return text;
}

Table RescoreSchedulesTable(const std::vector<RescoreSchedule>& schedules) {
  Table table({{"schedule", "Schedule"},
               {"models", "Models"},
               {"cron", "Cron"},
               {"time_zone", "Time zone"},
               {"next", "Next"},
               {"last", "Last"},
               {"last_job", "Last job"}});
  for (const RescoreSchedule& schedule : schedules) {
    const Cell next = schedule.paused()                   ? Cell::Text("paused")
                      : schedule.next_run_times().empty() ? Cell::Missing()
                                                          : Cell::Time(FromProto(schedule.next_run_times(0)));
    table.AddRow(
        {Cell::Text(LastSegment(schedule.name())), Cell::Text(Ids(schedule.models())), Cell::Text(schedule.cron()),
         Cell::Text(schedule.time_zone().empty() ? "UTC" : schedule.time_zone()), next,
         schedule.has_last_run() ? Cell::Time(FromProto(schedule.last_run().scheduled_time())) : Cell::Missing(),
         Cell::Text(LastSegment(schedule.last_run().rescore_job()))});
  }
  return table;
}

Table RescoreJobsTable(const std::vector<RescoreJob>& jobs) {
  Table table({{"job", "Job"},
               {"models", "Models"},
               {"state", "State"},
               {"done", "Done", Align::kRight},
               {"feature_time", "As of"},
               {"customers", "Customers", Align::kRight},
               {"scores", "Scores", Align::kRight},
               {"left_out", "Left out", Align::kRight},
               {"errors", "Errors", Align::kRight},
               {"group_changes", "Other group", Align::kRight},
               {"removed", "Removed", Align::kRight},
               {"message", "Why"}});
  for (const RescoreJob& job : jobs) {
    const auto& counts = job.counts();
    table.AddRow({Cell::Text(LastSegment(job.name())), Cell::Text(Ids(job.models())), Cell::Text(StateText(job)),
                  Cell::Percent(static_cast<double>(job.shards_done()) / kShardCount),
                  Cell::Time(FromProto(job.feature_time())), Cell::Count(counts.customers()),
                  Cell::Count(counts.scores()), Cell::Count(counts.left_out()), Cell::Count(counts.errors()),
                  Cell::Count(counts.group_changes()), Cell::Count(counts.removed()), Cell::Text(job.message())});
  }
  return table;
}

std::string CountsText(const RescoreJob::Counts& counts) {
  return absl::StrCat(Cell::Count(counts.customers()).shown, " customers, ", Cell::Count(counts.scores()).shown,
                      " scores, ", Cell::Count(counts.left_out()).shown, " left out, ",
                      Cell::Count(counts.errors()).shown, " errors, ", Cell::Count(counts.group_changes()).shown,
                      " in another tier or segment");
}

}  // namespace clientele::cli
