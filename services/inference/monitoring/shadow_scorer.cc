#include "services/inference/monitoring/shadow_scorer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/observability/log.h"
#include "services/inference/monitoring/pseudonym.h"
#include "services/inference/scoring/scorer.h"

namespace clientele::inference {
namespace {

using model::Cell;

constexpr absl::Duration kFetchTimeout = absl::Seconds(5);

// The version that shadows a model; null: it cannot score.
std::shared_ptr<const Version> ShadowOf(const Catalogue& catalogue, const ScoredBy& by, const TrafficTarget& target) {
  const auto found = Resolve(catalogue, {by.tenant, by.model, target.alias, target.version});
  return found.ok() && found->version->model != nullptr ? found->version : nullptr;
}

// For each of the shadow's features the served version's, or -1.
std::vector<int> ServedColumns(const ScoringModel& shadow, const ScoringModel& served) {
  std::vector<int> columns;
  for (const std::string& feature : shadow.features()) columns.push_back(served.FindFeature(feature));
  return columns;
}

// The features of some customers, as ingestion has them now; empty where it does not tell.
FeatureRows Fetch(FeatureSource& source, const TenantId& tenant, const ScoringModel& model,
                  absl::Span<const std::string> ids) {
  rpc::Call call;
  call.stop = StopToken(absl::Now() + kFetchTimeout);
  return FetchAndWait(source, tenant, ids, model.features(), call).value_or(FeatureRows());
}

}  // namespace

bool IsShadowed(const v1::ModelTraffic& traffic, const ModelName& name, absl::string_view customer_id) {
  if (!traffic.has_shadow() || customer_id.empty()) return false;
  const absl::string_view zero("\0", 1);
  const uint64_t hash = Hash64(
      absl::StrCat("shadow", zero, name.tenant.value(), zero, name.model, zero, traffic.salt(), zero, customer_id));
  return static_cast<double>(hash >> 11) * 0x1p-53 < traffic.shadow().share();
}

ShadowScorer::ShadowScorer(const Registry& registry, FeatureSource& features, storage::ScoreLog& log,
                           const MonitorOptions& options, const Suppressions* suppressions)
    : registry_(registry),
      features_(features),
      log_(log),
      suppressions_(suppressions),
      queue_(static_cast<int>(options.queue_rows), options.pace),
      thread_([this] { Run(); }) {}

ShadowScorer::~ShadowScorer() {
  queue_.Stop();
  thread_.join();
}

void ShadowScorer::Offer(const std::shared_ptr<const ScoredRows>& observed) {
  const ScoredBy& by = observed->by();
  if (!by.by_model) return;
  const auto catalogue = registry_.Get();
  const auto model = FindModel(*catalogue, by.tenant, by.model);
  if (!model.ok() || (*model)->traffic == nullptr || !(*model)->traffic->shadow.has_value()) return;
  const v1::ModelTraffic& traffic = (*model)->traffic->message;
  Work work{observed, {}, ShadowOf(*catalogue, by, *(*model)->traffic->shadow)};
  if (work.shadow != nullptr && work.shadow->number == by.version->number) return;  // It would be compared with itself.
  for (int i = 0; i < observed->size(); ++i) {
    const absl::string_view customer = observed->customer_id(i);
    if (suppressions_ != nullptr && suppressions_->Contains(by.tenant, customer)) continue;
    if (IsShadowed(traffic, {by.tenant, by.model}, customer)) work.rows.push_back(i);
  }
  const int rows = static_cast<int>(work.rows.size());
  if (rows == 0) return;
  if (work.shadow == nullptr || !queue_.Put(std::move(work), rows)) CountDropped(by, rows);
}

int64_t ShadowScorer::dropped(const ModelName& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = dropped_.find(FormatModel(name.tenant, name.model));
  return found == dropped_.end() ? 0 : found->second;
}

void ShadowScorer::CountDropped(const ScoredBy& by, int64_t rows) {
  absl::MutexLock lock(&mutex_);
  dropped_[FormatModel(by.tenant, by.model)] += rows;
}

void ShadowScorer::Run() {
  while (const auto taken = queue_.Take()) {
    for (const Work& work : *taken) {
      const ScoredBy& by = work.observed->by();
      storage::ScoreLogEntries entries{by.tenant, by.model, {}, Score(work), {}, {}};
      const auto dropped = static_cast<int64_t>(work.rows.size() - entries.pairs.size());
      if (dropped > 0) CountDropped(by, dropped);
      if (entries.pairs.empty()) continue;
      const absl::Status status = log_.Append({entries});
      if (status.ok()) continue;
      CountDropped(by, static_cast<int64_t>(entries.pairs.size()));
      observability::Log(observability::LogLevel::kError, "pairs of a shadow could not be logged",
                         {{"error", status.message()}});
    }
  }
}

std::vector<storage::ShadowPair> ShadowScorer::Score(const Work& work) const {
  const ScoredRows& rows = *work.observed;
  const ScoredBy& by = rows.by();
  const ScoringModel &served = *by.version->model, &shadow = *work.shadow->model;
  const std::vector<int> columns = ServedColumns(shadow, served);
  const bool needs_more = std::find(columns.begin(), columns.end(), -1) != columns.end();
  FeatureRows fetched;
  if (needs_more) {
    std::vector<std::string> ids;
    for (const int i : work.rows) ids.emplace_back(rows.customer_id(i));
    fetched = Fetch(features_, by.tenant, shadow, ids);
    if (fetched.empty()) return {};
  }
  FeatureRowReader reader(shadow);
  std::vector<Cell> served_row(served.num_features()), row(shadow.num_features());
  std::vector<storage::ShadowPair> pairs;
  for (size_t k = 0; k < work.rows.size(); ++k) {
    const int i = work.rows[k];
    if (needs_more && (fetched[k] == nullptr || !reader.Read(*fetched[k], absl::MakeSpan(row)).ok())) continue;
    rows.Read(i, absl::MakeSpan(served_row));
    for (size_t f = 0; f < columns.size(); ++f) {
      if (columns[f] >= 0) row[f] = served_row[columns[f]];
    }
    const absl::Time begin = absl::Now();
    const ScoreSummary summary = SummaryOf(ScoreRow(shadow, row, /*max_reasons=*/0));
    const double micros = absl::ToDoubleMicroseconds(absl::Now() - begin);
    pairs.push_back({rows.time(i), PseudonymOf(log_.secret(), by.tenant, rows.customer_id(i)), by.version->number,
                     work.shadow->number, rows.summary(i).score, summary.score, rows.summary(i).decision,
                     summary.decision, rows.micros(i), micros});
  }
  return pairs;
}

}  // namespace clientele::inference
