#include "services/inference/monitoring/score_monitor.h"

#include <algorithm>

#include "common/base/resource_name.h"
#include "common/observability/log.h"
#include "services/inference/monitoring/drift_report.h"
#include "services/inference/monitoring/pseudonym.h"

namespace clientele::inference {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(30);
constexpr size_t kMostSeen = 200'000;  // What more there are are written again.
constexpr int kMostTogether = 256;
constexpr absl::Duration kDay = absl::Hours(24);

// What is counted of a version on a day.
std::vector<int64_t>& CountsOf(int64_t version, int64_t day, size_t bins, storage::ScoreLogEntries& entries) {
  const auto found = std::find_if(entries.counts.begin(), entries.counts.end(), [&](const storage::DayCounts& counts) {
    return counts.version == version && counts.day == day;
  });
  if (found != entries.counts.end()) return found->counts;
  return entries.counts.emplace_back(storage::DayCounts{version, day, std::vector<int64_t>(bins)}).counts;
}

}  // namespace

ScoreMonitor::ScoreMonitor(storage::ScoreLog& log, ShadowScorer& shadow, const Clock& clock,
                           observability::Metrics& metrics, const MonitorOptions& options,
                           const Suppressions* suppressions)
    : log_(log),
      shadow_(shadow),
      clock_(clock),
      options_(options),
      logged_(metrics.Counter("clientele_inference_observed_rows_total", "Scored rows that monitoring took in.")),
      dropped_(metrics.Counter("clientele_inference_unobserved_rows_total",
                               "Scored rows that monitoring did not take in: too many came at once.")),
      queue_(static_cast<int>(options.queue_rows), options.pace),
      suppressions_(suppressions),
      drift_watch_(metrics),
      thread_([this] { Run(); }) {}

ScoreMonitor::~ScoreMonitor() {
  queue_.Stop();
  thread_.join();
}

bool ScoreMonitor::Wants(int rows) {
  if (queue_.HasRoom(rows)) return true;
  dropped_.Increment(rows);
  return false;
}

void ScoreMonitor::Observe(ScoredRows rows) {
  const int size = rows.size();
  if (size == 0) return;
  rows.set_time(clock_.Now());
  if (!queue_.Put(std::move(rows), size)) dropped_.Increment(size);
}

void ScoreMonitor::ObserveOne(const ScoredBy& by, absl::string_view customer_id, absl::Span<const model::Cell> row,
                              const v1::Score& score, absl::Duration scoring_time) {
  const absl::Time now = clock_.Now();
  const bool put = queue_.PutInto(1, [&](std::vector<ScoredRows>& items) {
    if (items.empty() || items.back().size() >= kMostTogether || !items.back().IsBy(by)) items.emplace_back(by, 1);
    items.back().Add(customer_id, row, score, scoring_time, now);
  });
  if (!put) dropped_.Increment();
}

void ScoreMonitor::AwaitIdle() {
  queue_.AwaitIdle();
  shadow_.AwaitIdle();
}

void ScoreMonitor::AwaitWritten() {
  begins_anew_ = true;
  queue_.AwaitRounds();
  shadow_.AwaitWritten();
}

void ScoreMonitor::Run() {
  while (auto observed = queue_.Take()) {
    if (!observed->empty()) Write(*std::move(observed));
    const absl::Time now = clock_.Now();
    Sweep(storage::DayOf(now));
    WatchDrift(now);
  }
}

void ScoreMonitor::Write(std::vector<ScoredRows> observed) {
  if (begins_anew_.exchange(false)) seen_today_.clear();
  Entries entries;
  int rows = 0;
  for (ScoredRows& one : observed) {
    const auto shared = std::make_shared<const ScoredRows>(std::move(one));
    const ScoredBy& by = shared->by();
    const auto found =
        entries.try_emplace({by.tenant, by.model}, storage::ScoreLogEntries{by.tenant, by.model, {}, {}, {}, {}}).first;
    AddScores(*shared, found->second);
    AddCounts(*shared, found->second);
    rows += shared->size();
    shadow_.Offer(shared);
  }
  std::vector<storage::ScoreLogEntries> all;
  for (auto& [model, of_model] : entries) all.push_back(std::move(of_model));
  if (const absl::Status status = log_.Append(all); !status.ok()) {
    dropped_.Increment(rows);
    seen_today_.clear();  // They may not be in the table.
    observability::Log(observability::LogLevel::kError, "scores could not be logged", {{"error", status.message()}});
    return;
  }
  logged_.Increment(rows);
}

void ScoreMonitor::AddScores(const ScoredRows& rows, storage::ScoreLogEntries& entries) {
  const ScoredBy& by = rows.by();
  for (int i = 0; i < rows.size(); ++i) {
    if (rows.customer_id(i).empty()) continue;
    if (suppressions_ != nullptr && suppressions_->Contains(by.tenant, rows.customer_id(i))) continue;
    const std::string pseudonym = PseudonymOf(log_.secret(), by.tenant, rows.customer_id(i));
    if (PlaceOf(pseudonym) >= options_.share) continue;
    const ScoreSummary& summary = rows.summary(i);
    entries.scores.push_back({rows.time(i), pseudonym, by.version->number, by.arm, by.alias, summary.score,
                              summary.decision, rows.micros(i), rows.Digest(i)});
    if (seen_today_.size() >= kMostSeen) seen_today_.clear();
    if (!seen_today_.insert(pseudonym).second) continue;
    entries.customers.push_back({pseudonym, std::string(rows.customer_id(i)), storage::DayOf(rows.time(i))});
  }
}

void ScoreMonitor::AddCounts(const ScoredRows& rows, storage::ScoreLogEntries& entries) {
  const DriftBins& bins = BinsOf(rows.by());
  std::vector<model::Cell> row(rows.by().version->model->num_features());
  std::vector<int64_t>* counts = nullptr;
  absl::Time day_begin;
  for (int i = 0; i < rows.size(); ++i) {
    const absl::Time time = rows.time(i);
    if (counts == nullptr || time < day_begin || time >= day_begin + kDay) {  // Rows may be of two days.
      const int64_t day = storage::DayOf(time);
      day_begin = absl::UnixEpoch() + day * kDay;
      counts = &CountsOf(rows.by().version->number, day, bins.size(), entries);
    }
    rows.Read(i, absl::MakeSpan(row));
    bins.Count(row, rows.summary(i).score, absl::MakeSpan(*counts));
  }
}

const DriftBins& ScoreMonitor::BinsOf(const ScoredBy& by) {
  WatchedVersion& watched = versions_[VersionKey(by.tenant, by.model, by.version->number)];
  if (watched.bins == nullptr) {
    watched.name = by.version->metadata.name();
    watched.bins = std::make_unique<DriftBins>(by.version->model->predictor().artifact());
  }
  watched.model = by.version->model;
  watched.scored = true;
  return *watched.bins;
}

void ScoreMonitor::Sweep(int64_t today) {
  if (today == today_) return;
  today_ = today;
  seen_today_.clear();
  const absl::Status status = log_.Sweep(today - options_.days);
  if (status.ok()) return;
  observability::Log(observability::LogLevel::kError, "old scores could not be swept", {{"error", status.message()}});
}

void ScoreMonitor::WatchDrift(absl::Time now) {
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  const int64_t today = storage::DayOf(now);
  const bool is_new_day = today != std::exchange(last_look_day_, today);
  for (auto it = versions_.begin(); it != versions_.end();) {
    const auto& [tenant, model, version] = it->first;
    WatchedVersion& watched = it++->second;
    if (!watched.scored && watched.model.expired()) {
      drift_watch_.Forget(watched.name);
      versions_.erase(std::prev(it));
      continue;
    }
    if (!watched.scored && !is_new_day) continue;
    watched.scored = false;
    const auto days = log_.ReadCounts(tenant, model, version, today - kDriftWatchDays + 1, today);
    if (!days.ok()) continue;  // Reading it for a report says why.
    v1::DriftReport report =
        MakeDriftReport(*watched.bins, SumOfDays(*days, watched.bins->size()), kDefaultFalseDiscoveryRate);
    report.set_model_version(watched.name);
    drift_watch_.Look(report);
    if (days->empty()) versions_.erase(std::prev(it));
  }
}

}  // namespace clientele::inference
