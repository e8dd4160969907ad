#include "services/ingestion/retention/rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"

namespace clientele::ingestion {
namespace {

constexpr int kKeptRuns = 100;

bool IsUnderWay(const v1::StoredRetention& stored) {
  return stored.runs_size() > 0 && stored.runs().rbegin()->state() == v1::RetentionRun::STATE_RUNNING;
}

bool SameCuts(const RetentionCuts& a, const RetentionCuts& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.kind() == y.kind() && FromProto(x.cut_time()) == FromProto(y.cut_time());
  });
}

}  // namespace

absl::Status CheckRules(absl::string_view field, const RetentionRules& rules) {
  std::set<int> kinds;
  for (int i = 0; i < rules.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    const int kind = rules[i].kind();
    if (!common::v1::RecordKind_IsValid(kind) || kind == common::v1::RECORD_KIND_UNSPECIFIED) {
      return InvalidField(path + ".kind", absl::StrCat(kind, " is no kind of record"));
    }
    if (!kinds.insert(kind).second) {
      return InvalidField(path + ".kind", absl::StrCat(common::v1::RecordKind_Name(rules[i].kind()), " comes twice"));
    }
    if (rules[i].days() < 1 || rules[i].days() > kLongestRetentionDays) {
      return InvalidField(path + ".days",
                          absl::StrCat(rules[i].days(), " is out of range; allowed: 1 to ", kLongestRetentionDays));
    }
  }
  return absl::OkStatus();
}

RetentionCuts CutsAt(const RetentionRules& rules, const LocalTime& local_time, absl::Time now) {
  RetentionCuts cuts;
  const int64_t today = local_time.Day(absl::ToUnixMicros(now));
  for (const v1::RetentionRule& rule : rules) {
    common::v1::RetentionCut& cut = *cuts.Add();
    cut.set_kind(rule.kind());
    const int64_t first_kept = local_time.InstantSeconds((today - rule.days()) * kSecondsPerDay);
    *cut.mutable_cut_time() = ToProto(absl::FromUnixSeconds(first_kept));
  }
  std::sort(cuts.begin(), cuts.end(), [](const auto& a, const auto& b) { return a.kind() < b.kind(); });
  return cuts;
}

std::optional<RetentionCuts> NextCuts(const v1::StoredRetention& stored, const LocalTime& local_time, absl::Time now) {
  if (IsUnderWay(stored)) return std::nullopt;
  RetentionCuts cuts = CutsAt(stored.policy().rules(), local_time, now);
  const bool superseded =
      stored.runs_size() > 0 && stored.runs().rbegin()->state() == v1::RetentionRun::STATE_SUPERSEDED;
  const bool done_with = cuts.empty() || !superseded;
  if (done_with && SameCuts(cuts, stored.policy().cuts())) return std::nullopt;
  return cuts;
}

void BeginRun(const std::string& tenant_name, const RetentionCuts& cuts, absl::Time now, v1::StoredRetention& stored) {
  *stored.mutable_policy()->mutable_cuts() = cuts;
  if (cuts.empty()) return;
  if (stored.runs_size() >= kKeptRuns) stored.mutable_runs()->DeleteSubrange(0, stored.runs_size() - kKeptRuns + 1);
  stored.set_last_run(stored.last_run() + 1);
  stored.set_next_shard(0);
  stored.clear_next_customer();
  v1::RetentionRun& run = *stored.add_runs();
  run.set_name(absl::StrCat(tenant_name, "/retentionRuns/", stored.last_run()));
  run.set_state(v1::RetentionRun::STATE_RUNNING);
  *run.mutable_cuts() = cuts;
  *run.mutable_start_time() = ToProto(now);
}

void EndRun(v1::RetentionRun::State state, absl::Time now, v1::StoredRetention& stored) {
  if (!IsUnderWay(stored)) return;
  v1::RetentionRun& run = *stored.mutable_runs()->rbegin();
  run.set_state(state);
  *run.mutable_end_time() = ToProto(now);
}

std::string EtagOf(const RetentionRules& rules) {
  v1::RetentionPolicy policy;
  *policy.mutable_rules() = rules;
  return absl::BytesToHexString(Hash128(policy.SerializeAsString()));
}

}  // namespace clientele::ingestion
