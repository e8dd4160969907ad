#include "services/inference/privacy/erasure_follower.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/privacy/erasure_name.h"
#include "common/storage/erasure_store.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasureReport;
using ingestion::v1::WatchErasuresResponse;
using storage::FollowedErasure;

constexpr char kProgram[] = "inference";
constexpr absl::Duration kRetiring = absl::Minutes(1);  // Successors that are not loaded by then are waited for later.

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "a change of an erasure is not as it should be");
}

// Counts what went only up: an attempt that was cut short has told what it found.
void NoteCount(absl::string_view store, int64_t count, ErasureReport& report) {
  if (count == 0) return;
  for (auto& known : *report.mutable_counts()) {
    if (known.store() != store) continue;
    known.set_count(std::max(known.count(), count));
    return;
  }
  auto& added = *report.add_counts();
  added.set_program(kProgram);
  added.set_store(store.data(), store.size());
  added.set_count(count);
}

bool SameVersions(const ErasureReport& report, const ErasedVersions& versions) {
  return std::equal(report.model_versions().begin(), report.model_versions().end(), versions.begin(), versions.end(),
                    [](const auto& a, const auto& b) { return a.SerializeAsString() == b.SerializeAsString(); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<ErasureFollower>> ErasureFollower::Start(const Parts& parts,
                                                                        const FollowerOptions& options) {
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(parts.followed.ForEach([&](const FollowedErasure& erasure) {
    const auto key = privacy::DigestKey::FromBytes(erasure.change.digest_key());
    const auto customer = privacy::Digest::FromBytes(erasure.change.digest());
    if (!key || !customer) {
      status = Damaged();
      return false;
    }
    parts.suppressions.Apply(erasure.tenant, *key, *customer, erasure.change.erasure(), erasure.change.records_gone());
    return true;
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  if (parts.retirer != nullptr) {
    CLIENTELE_RETURN_IF_ERROR(parts.retirer->RetireDue(StopToken(absl::Now() + kRetiring)).status());
  }
  return std::unique_ptr<ErasureFollower>(new ErasureFollower(parts, options));
}

ErasureFollower::ErasureFollower(const Parts& parts, const FollowerOptions& options)
    : parts_(parts),
      options_(options),
      dealt_(parts.metrics.Counter("clientele_inference_erasure_changes_total",
                                   "Changes of erasures that were dealt with.")),
      failures_(parts.metrics.Counter("clientele_inference_erasure_failures_total",
                                      "Attempts to follow erasures, or to report, that failed.")),
      learnt_(parts.registry),
      reviewer_([this] { Review(); }),
      follower_(
          "erasures", [this] { return Follow(); }, [this] { parts_.source.Stop(); }, failures_, options.pauses) {}

ErasureFollower::~ErasureFollower() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    wake_.SignalAll();
  }
  *ending_ = true;
  parts_.source.Stop();  // A report that is under way, too.
  reviewer_.join();
}

bool ErasureFollower::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  const absl::Time end = absl::Now() + duration;
  while (!stopped_ && !wake_.WaitWithDeadline(&mutex_, end)) {
  }
  return stopped_;
}

absl::Status ErasureFollower::Follow() {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t sequence, parts_.followed.Sequence());
  absl::Status dealt;
  const absl::Status ended = parts_.source.Watch(sequence, [&](const WatchErasuresResponse& change) {
    dealt = Deal(change);
    return dealt.ok();
  });
  return dealt.ok() ? ended : dealt;
}

absl::Status ErasureFollower::Deal(const WatchErasuresResponse& change) {
  CLIENTELE_ASSIGN_OR_RETURN(const privacy::ErasureName name,
                             privacy::ParseErasureName("erasure.name", change.erasure().name()));
  const auto key = privacy::DigestKey::FromBytes(change.digest_key());
  const auto customer = privacy::Digest::FromBytes(change.digest());
  if (!key || !customer) return Damaged();
  const bool forgets = change.records_gone() && storage::Deletes(change.erasure().verb());
  // Nobody scores the customer while what is here goes, even where only that is asked for.
  parts_.suppressions.Apply(name.tenant, *key, *customer, change.erasure(), change.records_gone() && !forgets);
  {
    absl::MutexLock writing(&writing_);
    FollowedErasure erasure{name.tenant, change, {}, false};
    const auto known = parts_.followed.Get(name.tenant, name.number);
    if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
    if (known.ok()) erasure.report = known->report;
    erasure.report.set_erasure(change.erasure().name());
    if (forgets) CLIENTELE_RETURN_IF_ERROR(Forget(*key, *customer, erasure));
    CLIENTELE_RETURN_IF_ERROR(parts_.followed.Put(erasure, change.sequence()));
  }
  parts_.suppressions.Apply(name.tenant, *key, *customer, change.erasure(), change.records_gone());
  dealt_.Increment();
  absl::MutexLock lock(&mutex_);
  news_ = true;
  return absl::OkStatus();
}

absl::Status ErasureFollower::Forget(const privacy::DigestKey& key, const privacy::Digest& customer,
                                     FollowedErasure& erasure) {
  const TenantId& tenant = erasure.tenant;
  const bool resumed = erasure.report.counts_size() > 0;  // What it counted was on its way out when the program ended.
  CLIENTELE_RETURN_IF_ERROR(ForgetOverrides(key, customer, erasure));
  CLIENTELE_RETURN_IF_ERROR(ForgetCurrentScores(key, customer, erasure));
  parts_.monitor.AwaitWritten();  // What was scored before the customer was suppressed.
  if (parts_.cache != nullptr) {
    NoteCount("features", parts_.cache->Forget(tenant, [&](absl::string_view id) { return key.Of(id) == customer; }),
              erasure.report);
  }
  CLIENTELE_RETURN_IF_ERROR(ForgetScores(key, customer, erasure));
  if (!resumed) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(parts_.overrides.Purge(tenant));
  CLIENTELE_RETURN_IF_ERROR(parts_.current_scores.Purge(tenant));
  return parts_.score_log.PurgeForgotten(tenant);
}

absl::Status ErasureFollower::ForgetScores(const privacy::DigestKey& key, const privacy::Digest& customer,
                                           FollowedErasure& erasure) {
  const TenantId& tenant = erasure.tenant;
  std::vector<std::string> pseudonyms;
  CLIENTELE_RETURN_IF_ERROR(
      parts_.score_log.ForEachCustomer(tenant, [&](const std::string& pseudonym, const std::string& id) {
        if (key.Of(id) == customer) pseudonyms.push_back(pseudonym);
        return true;
      }));
  for (const std::string& pseudonym : pseudonyms) {
    CLIENTELE_RETURN_IF_ERROR(
        parts_.score_log.ForgetCustomer(tenant, pseudonym, [&](const storage::ForgottenScores& forgotten) {
          NoteCount("scores", forgotten.scores, erasure.report);
          NoteCount("shadow scores", forgotten.pairs, erasure.report);
          NoteCount("customers of the score log", forgotten.customers, erasure.report);
          return KeepBegun(erasure);
        }));
  }
  return absl::OkStatus();
}

absl::Status ErasureFollower::ForgetOverrides(const privacy::DigestKey& key, const privacy::Digest& customer,
                                              FollowedErasure& erasure) {
  return parts_.overrides.Forget(
      erasure.tenant, [&](absl::string_view id) { return key.Of(id) == customer; },
      [&](const storage::OverrideCounts& counts) {
        NoteCount("overrides", counts.overrides, erasure.report);
        NoteCount("override changes", counts.changes, erasure.report);
        return KeepBegun(erasure);
      });
}

absl::Status ErasureFollower::ForgetCurrentScores(const privacy::DigestKey& key, const privacy::Digest& customer,
                                                  FollowedErasure& erasure) {
  return parts_.current_scores.Forget(
      erasure.tenant, [&](absl::string_view id) { return key.Of(id) == customer; },
      [&](const storage::CurrentScoreCounts& counts) {
        NoteCount("current scores", counts.scores, erasure.report);
        NoteCount("changes of current scores", counts.changes, erasure.report);
        return KeepBegun(erasure);
      });
}

absl::Status ErasureFollower::KeepBegun(const FollowedErasure& erasure) {
  FollowedErasure begun = erasure;
  begun.change.set_records_gone(false);
  return parts_.followed.Put(begun, /*sequence=*/0);
}

absl::Time ErasureFollower::RetireDue() {
  if (parts_.retirer == nullptr) return absl::InfiniteFuture();
  const auto next = parts_.retirer->RetireDue(StopToken(absl::Now() + kRetiring, ending_));
  return next.ok() ? *next : absl::InfinitePast();
}

void ErasureFollower::Review() {
  std::shared_ptr<const Catalogue> reviewed;
  absl::Time next_due = absl::InfinitePast();
  absl::Duration pause;
  do {
    pause = options_.review_every;
    bool news = false;
    {
      absl::MutexLock lock(&mutex_);
      std::swap(news, news_);
    }
    const auto catalogue = parts_.registry.Get();
    if (!news && catalogue == reviewed && parts_.clock.Now() < next_due) continue;
    const absl::Status status = ReviewOnce(*catalogue);
    reviewed = status.ok() ? catalogue : nullptr;  // Else once more.
    next_due = RetireDue();                        // Which versions had learnt from whom is now written down.
    if (status.ok()) continue;
    failures_.Increment();
    pause = options_.pauses.longest;
    if (absl::IsUnavailable(status)) continue;
    observability::Log(observability::LogLevel::kWarn, "erasures could not be reported; it is tried again",
                       {{"error", status.message()}});
  } while (!Pause(pause));
}

absl::Status ErasureFollower::ReviewOnce(const Catalogue& catalogue) {
  std::vector<std::pair<TenantId, int64_t>> all;
  CLIENTELE_RETURN_IF_ERROR(parts_.followed.ForEach([&](const FollowedErasure& erasure) {
    if (erasure.change.records_gone()) all.emplace_back(erasure.tenant, erasure.number());
    return true;
  }));
  std::optional<TenantId> tenant;
  std::vector<LearntModel> models;
  absl::Status first;  // One erasure's failure does not keep back the others' reports.
  for (const auto& [of, number] : all) {
    if (tenant != of) models = learnt_.Of(catalogue, of);
    tenant = of;
    absl::MutexLock writing(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(FollowedErasure erasure, parts_.followed.Get(of, number));
    const ErasedVersions known(erasure.report.model_versions().begin(), erasure.report.model_versions().end());
    const ErasedVersions versions =
        FindAffectedVersions(erasure.change.erasure(), models, known, options_.model_period, parts_.clock.Now());
    const bool same = SameVersions(erasure.report, versions);
    if (same && erasure.reported) continue;
    if (!same) {
      *erasure.report.mutable_model_versions() = {versions.begin(), versions.end()};
      erasure.reported = false;
      CLIENTELE_RETURN_IF_ERROR(parts_.followed.Put(erasure, /*sequence=*/0));
    }
    if (!absl::IsUnavailable(first)) first.Update(Send(erasure));  // Else the next would wait in vain too.
  }
  return first;
}

absl::Status ErasureFollower::Send(FollowedErasure& erasure) {
  CLIENTELE_RETURN_IF_ERROR(parts_.source.Report({&erasure.report, 1}));
  erasure.reported = true;
  return parts_.followed.Put(erasure, /*sequence=*/0);
}

}  // namespace clientele::inference
