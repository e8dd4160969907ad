// What the seams tell of a tenant, line by line: two places that tell the same keep the same.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/storage/open.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

template <typename T>
T Take(absl::StatusOr<T> value) {
  EXPECT_OK(value);
  return *std::move(value);
}

class Dump {
 public:
  void Records(const IngestionStore& store, const TenantId& tenant) {
    for (int shard = 0; shard < kShardCount; ++shard) {
      EXPECT_OK(store.ScanShard(tenant, shard, "", [&](const StoredRecord& record) {
        Add(shard, record.customer_id, record.event_time_micros, record.ingest_time_micros, record.kind, record.body);
        return true;
      }));
    }
    EXPECT_OK(store.ListRejected(tenant, "", [&](const auto& rejected, absl::string_view) {
      Add(rejected.ShortDebugString());
      return true;
    }));
    Add(store.GetReport(tenant)->ShortDebugString());
    for (const AttributeInfo& attribute : Take(store.ListAttributes(tenant))) Add(attribute.name, attribute.type);
    Add(store.GetSettings(tenant)->ShortDebugString(),
        store.ListFeatureDefinitions(tenant)->front().ShortDebugString());
    Add(store.GetVolume(tenant)->records, store.GetVolume(tenant)->bytes, store.ListRetentionTenants()->size());
    Add(store.GetRetention(tenant)->ShortDebugString());
  }

  void Erasures(const IngestionStore& store, const TenantId& tenant) {
    for (const ErasureChange& change : Take(store.ReadErasureChanges(0, 100))) {
      const StoredErasure& stored = change.stored;
      Add(change.sequence, change.tenant.value(), stored.number(), stored.customer_id, stored.shard, stored.request_id,
          stored.sources.size(), stored.records_gone ? 1 : 0, stored.erasure.ShortDebugString());
    }
    for (const ErasureNumber& open : store.UnfinishedErasures()) Add(open.tenant.value(), open.number);
    for (const char* customer : {"c7", "c8", "c9"}) Add(customer, store.IsSuppressed(tenant, customer) ? 1 : 0);
    Add(store.ErasureEpoch(tenant), store.DigestKeyOf(tenant)->ToBytes());
  }

  void Consents(const ConsentStore& store, const TenantId& tenant) {
    for (const ConsentStanding& standing : Take(store.ReadConsentChanges(0, 100))) {
      Add(standing.sequence, standing.tenant.value(), standing.customer.ToHex(), standing.purpose, standing.state);
    }
    for (const char* customer : {"c0", "c1", "c2"}) {
      for (const auto& consent : Take(store.ReadConsents(tenant, customer))) Add(consent.ShortDebugString());
      for (const auto& change : Take(store.ReadConsentJournal(tenant, customer, 0, 10))) Add(change.ShortDebugString());
      Add(store.HasOptedOut(tenant, customer, "marketing") ? 1 : 0);
    }
    Add(store.ConsentKeyOf(tenant)->ToBytes());
  }

  void Keys(const CustomerKeyStore& store, const TenantId& tenant) {
    Add(store.id(), store.GetTenant(tenant)->ShortDebugString());
    EXPECT_OK(store.ForEach(tenant, [&](const privacy::Digest& customer, const std::vector<CustomerKey>& keys) {
      for (const CustomerKey& key : keys) Add(customer.ToHex(), key.id, key.generation, key.wrapped);
      return true;
    }));
  }

  void Training(Places& places, const TenantId& tenant) {
    const auto jobs = places.OpenJobs().value();
    EXPECT_OK(jobs->List(tenant, "", [&](const auto& job, absl::string_view) {
      Add(job.ShortDebugString());
      return true;
    }));
    EXPECT_OK(jobs->ListOpen([&](const TenantId&, absl::string_view id, const auto&) { Add(id); }));
    Add((*jobs->FindRequest(tenant, "request"))->job_id, (*jobs->FindRequest(tenant, "request"))->digest);
    const auto schedules = places.OpenSchedules().value();
    EXPECT_OK(schedules->ForEach(
        [&](const TenantId&, absl::string_view id, const auto& schedule) { Add(id, schedule.ShortDebugString()); }));
    for (const auto& run : Take(schedules->ListRuns(tenant, "nightly", 10))) Add(run.ShortDebugString());
  }

  void Models(const VersionStore& store, const TenantId& tenant) {
    EXPECT_OK(store.ForEachVersion([&](const TenantId&, const std::string& model, const StoredVersion& version) {
      Add(model, version.number, version.metadata.ShortDebugString());
    }));
    EXPECT_OK(store.ForEachAliasRevision([&](const TenantId&, const std::string& model, const AliasRevision& revision) {
      Add(model, revision.alias, revision.revision, revision.from_version, revision.to_version, revision.actor,
          absl::ToUnixMicros(revision.time), revision.reason, revision.restored_revision);
    }));
    for (const PastChange& change : Take(store.ReadChanges(tenant, 0, 100))) {
      std::vector<std::string> moves;
      for (const PastChange::Move& move : change.moves) moves.push_back(absl::StrCat(move.alias, move.revision));
      std::sort(moves.begin(), moves.end());
      Add(change.sequence, change.model, change.version, change.deleted + 2 * change.traffic + 4 * change.settings);
      for (const std::string& move : moves) Add(move);
    }
    for (const auto for_each : {&VersionStore::ForEachTraffic, &VersionStore::ForEachSettings}) {
      EXPECT_OK((store.*for_each)([&](const TenantId&, const std::string& model, const StoredDocument& document) {
        Add(model, document.revision, document.bytes);
      }));
    }
    EXPECT_OK(store.ForEachSequence([&](const TenantId&, int64_t last) { Add(last); }));
    Add(store.FindRequest(tenant, "request 2")->fingerprint);
    Add((*store.ReadArtifact(tenant, Sha256Hex("the artifact of 2")))->view());
    EXPECT_THAT(store.ReadArtifact(tenant, Sha256Hex("the artifact of 1")),
                testutil::StatusIs(absl::StatusCode::kNotFound));
  }

  void Scores(const ScoreLog& log, const TenantId& tenant) {
    Add(log.secret());
    EXPECT_OK(log.ForEachScore(tenant, "churn", absl::InfinitePast(), absl::InfiniteFuture(), [&](const auto& score) {
      Add(absl::ToUnixMicros(score.time), score.pseudonym, score.version, score.arm, score.alias, score.score,
          score.decision, score.micros, score.feature_digest);
      return true;
    }));
    EXPECT_OK(log.ForEachPair(tenant, "churn", absl::InfinitePast(), absl::InfiniteFuture(), [&](const auto& pair) {
      Add(pair.pseudonym, pair.served_score, pair.shadow_score, pair.served_decision, pair.shadow_micros);
      return true;
    }));
    for (const DayCounts& day : Take(log.ReadCounts(tenant, "churn", 3, 0, 10))) {
      Add(day.day, day.counts.size(), day.counts.back());
    }
    Add(*log.FindCustomer(tenant, "p2"));
  }

  void CurrentScores(Places& places, const TenantId& tenant) {
    const auto scores = places.OpenCurrentScores().value();
    EXPECT_OK(scores->List(tenant, "", {}, {tenant, "", ""}, [&](const auto& score) {
      Add(score.ShortDebugString());
      return true;
    }));
    for (const ScoreChange& change : Take(scores->ReadChanges(tenant, 0, 100))) {
      Add(change.sequence, change.score.ShortDebugString());
    }
    Add(*scores->LastChange(tenant));
    const auto rescoring = places.OpenRescoring().value();
    EXPECT_OK(rescoring->ForEachSchedule(
        [&](const auto&, absl::string_view id, const auto& schedule) { Add(id, schedule.ShortDebugString()); }));
    for (const auto& job : Take(rescoring->ListJobs(tenant))) Add(job.ShortDebugString());
    for (const auto& job : Take(rescoring->OpenJobs())) Add(job.ShortDebugString());
  }

  void Inference(Places& places, const TenantId& tenant) {
    CurrentScores(places, tenant);
    Models(*places.OpenVersions().value(), tenant);
    Scores(*places.OpenScoreLog().value(), tenant);
    const auto values = places.OpenValueSettings().value();
    for (const auto& settings : Take(values->List(tenant, 0, 10))) Add(settings.ShortDebugString());
    const auto overrides = places.OpenOverrides().value();
    EXPECT_OK(overrides->ForEach([&](const auto&, const auto& stands) { Add(stands.ShortDebugString()); }));
    for (const auto& change : Take(overrides->ReadJournal({tenant, "churn", "c1"}, 0, 10)))
      Add(change.ShortDebugString());
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  template <typename... Parts>
  void Add(const Parts&... parts) {
    std::string line;
    (absl::StrAppend(&line, parts, "|"), ...);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines_;
};

}  // namespace clientele::storage
