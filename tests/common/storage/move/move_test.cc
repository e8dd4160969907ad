// Everything that the programs keep, filled in through the seams, moved, and read through the seams again.
#include "common/storage/move/move.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/open.h"
#include "common/storage/postgresql/row_store.h"
#include "common/storage/rocksdb/customer_key_store.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/row_source.h"
#include "common/storage/rocksdb/row_target.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

using ::testing::HasSubstr;
using testutil::PostgresqlServer;
using testutil::StatusIs;

constexpr int kCustomers = 300;

TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
RecordColumns NoColumns(absl::string_view) { return {}; }
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

template <typename T>
T Take(absl::StatusOr<T> value) {
  EXPECT_OK(value);
  return *std::move(value);
}

// What the seams tell, line by line.
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
    EXPECT_THAT(store.ReadArtifact(tenant, Sha256Hex("the artifact of 1")), StatusIs(absl::StatusCode::kNotFound));
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

// Takes a move's rows, and fails from some write on, as a machine does.
class FailingTarget final : public RowTarget {
 public:
  FailingTarget(RowTarget& target, int writes) : target_(target), writes_(writes) {}
  absl::StatusOr<std::vector<Progress>> Begin(absl::Span<const Layout> layouts, const std::string& source) override {
    return target_.Begin(layouts, source);
  }
  absl::Status Write(const Layout& layout, absl::Span<const Row> rows, const Progress& before,
                     const Progress& after) override {
    if (--writes_ < 0) return absl::UnavailableError("the machine is gone");
    return target_.Write(layout, rows, before, after);
  }
  absl::Status WriteArtifact(const TenantId& tenant, absl::string_view sha256, absl::string_view bytes) override {
    return target_.WriteArtifact(tenant, sha256, bytes);
  }

 private:
  RowTarget& target_;
  int writes_;
};

class MoveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
    url_ = PostgresqlServer::Get().NewDatabase();
    keys_url_ = PostgresqlServer::Get().NewDatabase();
    for (const char* tenant : {"acme", "other"}) Fill(Tenant(tenant));
  }

  std::string Directory(absl::string_view program) const { return absl::StrCat(root_, "/", program); }
  std::unique_ptr<Places> In(absl::string_view program) {
    return Places::Open({}, Directory(program), databases_).value();
  }
  std::unique_ptr<Places> There() { return Places::Open({.url = url_}, Directory("there"), databases_).value(); }

  void Fill(const TenantId& tenant) {
    const auto ingestion = In("ingestion");
    ASSERT_OK_AND_ASSIGN(const auto records, ingestion->OpenRecords(&NoColumns));
    ASSERT_NO_FATAL_FAILURE(FillRecords(*records, tenant));
    ASSERT_NO_FATAL_FAILURE(FillErasures(*records, tenant));
    ASSERT_OK_AND_ASSIGN(const auto consents, ingestion->OpenConsents());
    ASSERT_NO_FATAL_FAILURE(FillConsents(*consents, tenant));
    ASSERT_OK_AND_ASSIGN(const auto keys, OpenRocksCustomerKeyStore(Directory("ingestion/keys")));
    ASSERT_NO_FATAL_FAILURE(FillKeys(*keys, tenant));
    ASSERT_NO_FATAL_FAILURE(FillTraining(*In("training"), tenant));
    ASSERT_NO_FATAL_FAILURE(FillInference(*In("inference"), tenant));
  }

  // All that the seams tell; `moved`: from PostgreSQL.
  std::vector<std::string> Everything(bool moved) {
    Dump dump;
    for (const char* name : {"acme", "other"}) {
      const TenantId tenant = Tenant(name);
      const auto ingestion = moved ? There() : In("ingestion");
      const auto records = ingestion->OpenRecords(&NoColumns).value();
      dump.Records(*records, tenant);
      dump.Erasures(*records, tenant);
      dump.Consents(*ingestion->OpenConsents().value(), tenant);
      dump.Training(*(moved ? There() : In("training")), tenant);
      dump.Inference(*(moved ? There() : In("inference")), tenant);
      const auto keys =
          moved ? OpenSharedCustomerKeys({.url = keys_url_}) : OpenRocksCustomerKeyStore(Directory("ingestion/keys"));
      dump.Keys(**keys, tenant);
    }
    return dump.lines();
  }

  MoveOptions Options() const {
    return {.from = "rocksdb:" + directory_.path(), .to = url_, .keys = keys_url_, .describe = &NoColumns};
  }
  absl::StatusOr<std::vector<Comparison>> Run() {
    CLIENTELE_ASSIGN_OR_RETURN(const auto move, Move::Open(Options()));
    const auto observe = [](absl::string_view, int64_t) {};
    CLIENTELE_RETURN_IF_ERROR(move->Copy(observe));
    return move->Compare(observe);
  }
  std::string AsSuperuser(const std::string& sql) {
    return PostgresqlServer::Get().Run(sql, testutil::DatabaseOf(url_));
  }

  testutil::TempDir directory_;
  std::string root_ = directory_.path();
  DatabaseSet databases_;
  std::string url_, keys_url_;
};

TEST_F(MoveTest, EverySeamTellsAfterwardsWhatItToldBefore) {
  const std::vector<std::string> before = Everything(/*moved=*/false);
  ASSERT_GT(before.size(), 2u * 3 * kCustomers);
  ASSERT_OK_AND_ASSIGN(const auto comparisons, Run());
  for (const Comparison& one : comparisons) EXPECT_TRUE(one.equal()) << one.store << " " << one.tenant;
  EXPECT_EQ(Everything(/*moved=*/true), before);
}

TEST_F(MoveTest, WhatComesLaterGoesOnWhereItWas) {
  ASSERT_OK(Run());
  const auto records = There()->OpenRecords(&NoColumns).value();
  const NewRecord old = Record(1, 1), fresh = Record(1, 99);
  ASSERT_OK_AND_ASSIGN(const AppendResult appended,
                       records->Append(Tenant(), {old, fresh}, {Rejected(9)}, absl::Now()));
  EXPECT_THAT(appended.dispositions, ::testing::ElementsAre(ingestion::v1::RECORD_DISPOSITION_DUPLICATE,
                                                            ingestion::v1::RECORD_DISPOSITION_ACCEPTED));
  std::vector<std::string> names;
  ASSERT_OK(records->ListRejected(Tenant(), "", [&](const auto& rejected, absl::string_view) {
    names.push_back(rejected.name());
    return true;
  }));
  ASSERT_EQ(names.size(), 4u);
  StoredErasure draft;
  draft.customer_id = "c9";
  draft.erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
  ASSERT_OK_AND_ASSIGN(const StoredErasure third, records->BeginErasure(Tenant(), draft));
  EXPECT_EQ(third.number(), 3);
  EXPECT_EQ(records->ReadErasureChanges(0, 100)->back().sequence, 7) << "three a tenant, and this one";
  const auto versions = There()->OpenVersions().value();
  ModelChange next = Publication(5, "five");
  EXPECT_OK(versions->Commit(Tenant(), next, nullptr));
}

TEST_F(MoveTest, GoesOnAfterACrashAndDoublesNothing) {
  const std::vector<std::string> before = Everything(/*moved=*/false);
  const Layouts layouts = IngestionLayouts(&NoColumns);
  for (const int writes : {0, 1, 7, 20, 3, 11}) {
    ASSERT_OK_AND_ASSIGN(const auto source, RocksRowSource::Open(Directory("ingestion"), layouts));
    ASSERT_OK_AND_ASSIGN(const auto target, postgresql::PostgresRowStore::Open(url_));
    FailingTarget failing(*target, writes);
    const Part part = {"ingestion", &layouts, source.get(), &failing, target.get(), /*batch_rows=*/100};
    EXPECT_THAT(CopyParts({&part, 1}, [](absl::string_view, int64_t) {}), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_THAT(Places::Open({.url = url_}, Directory("there"), databases_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("clientele move")));
  ASSERT_OK_AND_ASSIGN(const auto comparisons, Run());
  for (const Comparison& one : comparisons) EXPECT_TRUE(one.equal()) << one.store << " " << one.tenant;
  EXPECT_EQ(Everything(/*moved=*/true), before);
}

TEST_F(MoveTest, ComesBackAsItWasAlsoAfterACrash) {
  const std::vector<std::string> before = Everything(/*moved=*/false);
  ASSERT_OK(Run());
  root_ = directory_.path() + "/back";
  const Layouts layouts = IngestionLayouts(&NoColumns);
  for (const int writes : {0, 1, 7, 20, 3, 11}) {
    ASSERT_OK_AND_ASSIGN(const auto source, postgresql::PostgresRowStore::Open(url_));
    Layouts all = layouts;
    for (const Layout& layout : CustomerKeyLayouts().tables) all.tables.push_back(layout);
    RocksRowTarget target(Directory("ingestion"), all);
    FailingTarget failing(target, writes);
    const Part part = {"ingestion", &layouts, source.get(), &failing, nullptr, /*batch_rows=*/100};
    EXPECT_THAT(CopyParts({&part, 1}, [](absl::string_view, int64_t) {}), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_THAT(Places::Open({}, Directory("ingestion"), databases_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("clientele move")));
  const MoveOptions options = {.from = url_, .to = "rocksdb:" + root_, .keys = keys_url_, .describe = &NoColumns};
  {
    ASSERT_OK_AND_ASSIGN(const auto move, Move::Open(options));
    const auto observe = [](absl::string_view, int64_t) {};
    ASSERT_OK(move->Copy(observe));
    ASSERT_OK_AND_ASSIGN(const auto comparisons, move->Compare(observe));
    for (const Comparison& one : comparisons) EXPECT_TRUE(one.equal()) << one.store << " " << one.tenant;
    EXPECT_THAT(move->Copy(observe), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("of its own already")));
  }
  EXPECT_EQ(Everything(/*moved=*/false), before);
  // What an erasure finds by what is beside the rows.
  const auto consents = In("ingestion")->OpenConsents().value();
  ASSERT_OK(consents->EraseConsents(Tenant(), 9, "c1"));
  NewConsent said;
  said.customer_id = "c9";
  said.request_id = "request 2";  // Was c1's, and has gone with c1.
  said.consent.set_state(ingestion::v1::CONSENT_STATE_GRANTED);
  *said.consent.mutable_effective_time() = At(500);
  EXPECT_OK(consents->SetConsents(Tenant(), {said})->front().status);
}

TEST_F(MoveTest, RecordsDoNotComeBackWithoutTheirKeys) {
  ASSERT_OK(Run());
  MoveOptions options = {.from = url_, .to = "rocksdb:" + directory_.path() + "/back", .describe = &NoColumns};
  EXPECT_THAT(Move::Open(options), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--keys")));
  std::filesystem::create_directories(directory_.path() + "/back/ingestion");
  std::filesystem::copy(Directory("ingestion/keys"), directory_.path() + "/back/ingestion/keys");
  ASSERT_OK_AND_ASSIGN(const auto move, Move::Open(options));
  EXPECT_OK(move->Copy([](absl::string_view, int64_t) {}));
}

TEST_F(MoveTest, ADifferenceIsNamed) {
  ASSERT_OK(Run());
  AsSuperuser(
      "UPDATE clientele.records SET body = 'x' WHERE tenant = 'other' AND customer_id = 'c5' AND source = 'web'");
  AsSuperuser("DELETE FROM clientele.attributes WHERE tenant = 'acme' AND name = 'a1'");
  ASSERT_OK_AND_ASSIGN(const auto comparisons, Run());
  std::vector<std::string> differing;
  for (const Comparison& one : comparisons) {
    for (const std::string& layout : one.differing) differing.push_back(absl::StrCat(one.tenant, " ", layout));
  }
  EXPECT_THAT(differing, ::testing::UnorderedElementsAre("other records", "acme attributes"));
}

TEST_F(MoveTest, RefusesAPlaceThatHasOtherData) {
  There();  // Makes the tables.
  AsSuperuser("INSERT INTO clientele.attributes VALUES ('third', 'plan', 1)");
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("of its own already")));
  AsSuperuser("DELETE FROM clientele.attributes");
  ASSERT_OK(Run());
  testutil::TempDir elsewhere;
  {
    const auto places = Places::Open({}, elsewhere.path(), databases_).value();
    ASSERT_OK(places->OpenRecords(&NoColumns));
    ASSERT_OK(places->OpenConsents());
  }
  MoveOptions options = Options();
  options.from = "rocksdb:" + elsewhere.path();
  options.keys = "";
  ASSERT_OK_AND_ASSIGN(const auto move, Move::Open(options));
  EXPECT_THAT(move->Copy([](absl::string_view, int64_t) {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("from another place")));
}

TEST_F(MoveTest, RefusesWhatIsInUse) {
  {
    const auto jobs = In("training")->OpenJobs();
    EXPECT_THAT(Move::Open(Options()), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("stop the program")));
  }
  const auto jobs = There()->OpenJobs();
  EXPECT_THAT(Move::Open(Options()), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("stop all programs")));
}

TEST_F(MoveTest, RefusesWhatItDoesNotKnow) {
  {
    ASSERT_OK_AND_ASSIGN(
        const auto newer,
        Database::Open(Directory("training/schedules"), {{"schedules", {}}, {"runs", {}}, {"of_a_newer_version", {}}}));
  }
  EXPECT_THAT(Move::Open(Options()), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("of_a_newer_version")));
}

TEST_F(MoveTest, ALostArtifactIsToldBeforeItIsMissed) {
  const std::string name = Sha256Hex("the artifact of 2");
  ASSERT_TRUE(std::filesystem::remove(Directory("inference/artifacts/tenants/acme/" + name)));
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(name)));
}

TEST_F(MoveTest, WhatStaysFilesIsToldOf) {
  const auto staying = [](const MoveOptions& options) {
    std::vector<std::string> all;
    for (const Move::Staying& of_program : Move::Open(options).value()->FindStaying()) {
      for (const std::string& name : of_program.names)
        all.push_back(absl::StrCat(of_program.directory.program, "/", name));
    }
    return all;
  };
  MoveOptions options = Options();
  EXPECT_THAT(staying(options), ::testing::IsEmpty());
  options.keys = "";
  EXPECT_THAT(staying(options), ::testing::ElementsAre("ingestion/keys"));
  std::filesystem::create_directory(Directory("training/audit"));
  EXPECT_THAT(staying(options), ::testing::ElementsAre("ingestion/keys", "training/audit"));
}

TEST(MovePlacesTest, PlacesThatAreNoneAreTold) {
  EXPECT_THAT(Move::Open({.from = "postgresql:///a", .to = "postgresql:///b"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("rocksdb:DIRECTORY")));
  testutil::TempDir empty;
  EXPECT_THAT(Move::Open({.from = "rocksdb:" + empty.path(), .to = "/b"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("postgresql://")));
  EXPECT_THAT(Move::Open({.from = "rocksdb:" + empty.path(), .to = "postgresql:///b"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no data directory")));
}

}  // namespace
}  // namespace clientele::storage
