#include "tests/common/storage/move/fill_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

google::protobuf::Timestamp At(int64_t second) { return ToProto(absl::FromUnixSeconds(second)); }

NewRecord Record(int customer, int number) {
  NewRecord record;
  record.source = number % 2 == 0 ? "shop" : "web";
  record.record_id = absl::StrCat("r", customer, std::string(1, '\0'), number);  // An id may hold any byte.
  record.customer_id = absl::StrCat("c", customer);
  record.event_time_micros = 1'000'000'000'000'000 + 7 * number;
  record.kind = common::v1::RECORD_KIND_TRANSACTION;
  record.body = absl::StrCat("body of ", record.record_id);
  record.content_digest = Hash128(record.body);
  record.attributes = {{absl::StrCat("a", number), common::v1::FEATURE_TYPE_NUMBER}};
  return record;
}

ingestion::v1::RejectedRecord Rejected(int number) {
  ingestion::v1::RejectedRecord rejected;
  rejected.mutable_record()->set_source("shop");
  rejected.mutable_record()->set_customer_id(absl::StrCat("c", number));
  rejected.set_reason(ingestion::v1::REJECTION_REASON_MISSING_FIELD);
  rejected.set_field("amount");
  *rejected.mutable_reject_time() = At(50 + number);
  return rejected;
}

void FillRecords(IngestionStore& store, const TenantId& tenant) {
  std::vector<NewRecord> records;
  for (int customer = 0; customer < kCustomers; ++customer) {
    for (int number = 0; number < 3; ++number) records.push_back(Record(customer, number));
  }
  std::vector<ingestion::v1::RejectedRecord> rejected = {Rejected(1), Rejected(2), Rejected(3)};
  ASSERT_OK(store.Append(tenant, records, rejected, absl::FromUnixMicros(1'700'000'000'000'001)));
  ASSERT_OK(store.Append(tenant, records, {}, absl::FromUnixSeconds(1'700'000'100)));  // Duplicates count, too.
  ingestion::v1::Settings settings;
  settings.set_etag("e1");
  settings.set_base_currency("EUR");
  ASSERT_OK(store.PutSettings(tenant, settings, ""));
  common::v1::FeatureDefinition definition;
  definition.set_name("spend");
  ASSERT_OK(store.CreateFeatureDefinition(tenant, definition));
  ASSERT_OK(store.UpdateRetention(tenant, [](ingestion::v1::StoredRetention& stored) {
    stored.add_runs()->set_customer_count(3);
    return absl::OkStatus();
  }));
  ASSERT_OK(store.BindKeys(77));
}

void FillErasures(IngestionStore& store, const TenantId& tenant) {
  StoredErasure draft;
  draft.customer_id = "c7";
  draft.request_id = "please";
  draft.erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE);
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, store.BeginErasure(tenant, draft));
  ASSERT_OK(store.EraseRecords(tenant, begun.number(), 100));
  ASSERT_OK(store.EraseCustomer(tenant, begun.number()));
  ASSERT_OK(store.UpdateErasure(tenant, begun.number(), [](StoredErasure& stored) {
    stored.records_gone = true;
    stored.sources = {"shop", "web"};
  }));
  draft.customer_id = "c8";
  draft.request_id = "";
  draft.erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
  ASSERT_OK(store.BeginErasure(tenant, draft));
}

void FillConsents(ConsentStore& store, const TenantId& tenant) {
  for (int i = 0; i < 6; ++i) {
    NewConsent said;
    said.customer_id = absl::StrCat("c", i / 2);
    said.consent.set_purpose(i % 3 == 0 ? "" : "marketing");
    said.consent.set_state(i % 2 == 0 ? ingestion::v1::CONSENT_STATE_WITHDRAWN : ingestion::v1::CONSENT_STATE_GRANTED);
    *said.consent.mutable_effective_time() = At(100 + i);
    said.request_id = i == 4 ? "" : absl::StrCat("request ", i);
    ASSERT_OK(store.SetConsents(tenant, {said}));
  }
  ASSERT_OK(store.EraseConsents(tenant, 1, "c0"));
}

void FillKeys(CustomerKeyStore& store, const TenantId& tenant) {
  ASSERT_OK(store.ChangeTenant(tenant, [](ingestion::v1::StoredTenantKeys& keys) {
    keys.set_generation(3);
    return absl::OkStatus();
  }));
  for (uint64_t id = 1; id <= 4; ++id) {  // Those of one customer stay in their order, which is not that of their ids.
    const KeyOfCustomer key = {{id % 2, 9}, {9 - id, static_cast<int64_t>(id), absl::StrCat("wrapped ", id)}};
    ASSERT_OK(store.Add(tenant, {&key, 1}));
  }
}

void FillTraining(Places& places, const TenantId& tenant) {
  ASSERT_OK_AND_ASSIGN(const auto jobs, places.OpenJobs());
  for (int i = 0; i < 3; ++i) {
    training::v1::TrainingJob job;
    job.set_name(absl::StrCat("j", i));
    job.mutable_spec()->set_model("churn");
    *job.mutable_create_time() = At(10 + i);
    job.set_state(i == 2 ? training::v1::TrainingJob::STATE_QUEUED : training::v1::TrainingJob::STATE_SUCCEEDED);
    ASSERT_OK(jobs->Create(tenant, absl::StrCat("j", i), job, i == 0 ? "request" : "", "digest"));
  }
  ASSERT_OK_AND_ASSIGN(const auto schedules, places.OpenSchedules());
  training::v1::RetrainSchedule schedule;
  schedule.set_name("nightly");
  ASSERT_OK(schedules->Create(tenant, "nightly", schedule));
  for (int i = 0; i < 3; ++i) {
    training::v1::ScheduleRun run;
    *run.mutable_scheduled_time() = At(86'400 * (i + 1));
    ASSERT_OK(schedules->AddRun(tenant, "nightly", run));
  }
}

ModelChange Publication(int64_t sequence, const std::string& bytes) {
  ModelChange change;
  change.sequence = sequence;
  change.model = "churn";
  change.version.emplace();
  change.version->number = sequence;
  change.version->metadata.set_sha256(Sha256Hex(bytes));
  change.version->metadata.set_size_bytes(static_cast<int64_t>(bytes.size()));
  *change.version->metadata.mutable_create_time() = At(sequence);
  change.request = PublishRequest{absl::StrCat("request ", sequence), "fingerprint", "churn", sequence};
  return change;
}

namespace {

void FillModels(VersionStore& store, const TenantId& tenant) {
  for (int64_t sequence = 1; sequence <= 2; ++sequence) {
    const std::string bytes = absl::StrCat("the artifact of ", sequence);
    ASSERT_OK_AND_ASSIGN(auto staged, store.StageArtifact(tenant));
    ASSERT_OK(staged->Append(bytes));
    ASSERT_OK(store.Commit(tenant, Publication(sequence, bytes), std::move(staged)));
  }
  ModelChange moves;
  moves.sequence = 3;
  moves.model = "churn";
  for (const char* alias : {"stable", "champion"}) {  // In no order.
    AliasRevision revision;
    revision.alias = alias;
    revision.revision = 1;
    revision.to_version = 2;
    revision.actor = "otto";
    revision.reason = "better";
    revision.time = absl::FromUnixMicros(5'000'001);
    moves.revisions.push_back(revision);
  }
  moves.traffic = StoredDocument{1, "traffic"};
  moves.settings = StoredDocument{1, "settings"};
  ASSERT_OK(store.Commit(tenant, moves, nullptr));
  ModelChange deletion = Publication(1, "the artifact of 1");
  deletion.sequence = 4;
  deletion.version->metadata.set_state(inference::v1::ModelVersion::STATE_DELETED);
  deletion.request.reset();
  ASSERT_OK(store.Commit(tenant, deletion, nullptr));
}

void FillScores(ScoreLog& log, const TenantId& tenant) {
  ScoreLogEntries entries{tenant, "churn", {}, {}, {}, {}};
  for (int i = 0; i < 20; ++i) {
    entries.scores.push_back({absl::FromUnixMicros(86'400'000'000 * i + 1), absl::StrCat("p", i), 3, "canary", "",
                              0.1 * i, i - 10, 2.5, 0xffffffffffff0000 + static_cast<uint64_t>(i)});
  }
  entries.pairs = {{absl::FromUnixSeconds(100), "p1", 3, 4, 0.25, 0.75, 0, 1, 2.5, 3.5}};
  entries.customers = {{"p1", "c1", 1}, {"p2", "c2", 2}};
  entries.counts = {{3, 1, {4, 5, 6}}, {3, 2, {0, -1}}};
  ASSERT_OK(log.Append({entries}));
}

void FillCurrentScores(CurrentScoreStore& store, const TenantId& tenant) {
  for (int day = 1; day <= 2; ++day) {
    std::vector<inference::v1::CurrentScore> scores;
    for (int customer = 0; customer < 3 + day; ++customer) {
      inference::v1::CurrentScore& score = scores.emplace_back();
      score.set_customer_id(absl::StrCat("c", customer));
      score.set_name(FormatModelCustomer({tenant, "churn", score.customer_id()}, "currentScores"));
      score.set_score(0.1 * day + 0.01 * customer);
      score.set_tier(customer == 1 ? "" : absl::StrCat("tier ", day));
      score.set_model_version(FormatVersion(tenant, "churn", day));
      score.add_reasons("spends less");
      score.add_reasons("calls more");
      *score.mutable_feature_time() = At(86'400 * day);
      *score.mutable_score_time() = At(86'400 * day + 5);
    }
    ASSERT_OK(store.Put(tenant, "churn", scores));
    if (day == 2) continue;  // Those of a run that has not ended have the percentiles of before.
    ASSERT_OK(store.Finish(tenant, "churn", absl::FromUnixSeconds(86'400)));
  }
}

void FillRescoring(RescoreStore& store, const TenantId& tenant) {
  inference::v1::RescoreSchedule schedule;
  schedule.set_name(FormatRescoreSchedule(tenant, "daily"));
  ASSERT_OK(store.CreateSchedule(tenant, "daily", schedule));
  for (int i = 0; i < 2; ++i) {
    inference::v1::RescoreJob job;
    job.set_name(FormatRescoreJob(tenant, absl::StrCat("j", i)));
    job.set_state(i == 0 ? inference::v1::RescoreJob::STATE_SUCCEEDED : inference::v1::RescoreJob::STATE_RUNNING);
    *job.mutable_feature_time() = At(86'400 * i);
    ASSERT_OK(store.CreateJob(tenant, absl::StrCat("j", i), job));
  }
}

}  // namespace

void FillInference(Places& places, const TenantId& tenant) {
  ASSERT_OK_AND_ASSIGN(const auto current_scores, places.OpenCurrentScores());
  FillCurrentScores(*current_scores, tenant);
  ASSERT_OK_AND_ASSIGN(const auto rescoring, places.OpenRescoring());
  FillRescoring(*rescoring, tenant);
  ASSERT_OK_AND_ASSIGN(const auto versions, places.OpenVersions());
  FillModels(*versions, tenant);
  ASSERT_OK_AND_ASSIGN(const auto log, places.OpenScoreLog());
  FillScores(*log, tenant);
  ASSERT_OK_AND_ASSIGN(const auto values, places.OpenValueSettings());
  for (int64_t revision = 1; revision <= 3; ++revision) {
    inference::v1::ValueSettings settings;
    settings.set_revision(revision);
    ASSERT_OK(values->Append(tenant, settings));
  }
  ASSERT_OK_AND_ASSIGN(const auto overrides, places.OpenOverrides());
  for (int64_t revision = 1; revision <= 2; ++revision) {
    inference::v1::ScoreOverrideChange change;
    change.set_revision(revision);
    *change.mutable_score_override()->mutable_expire_time() = At(1'900'000'000);
    ASSERT_OK(overrides->Append({tenant, "churn", "c1"}, change));
  }
}

}  // namespace clientele::storage
