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
#include "tests/common/storage/move/dump.h"
#include "tests/common/storage/move/fill_places.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

using ::testing::HasSubstr;
using testutil::PostgresqlServer;
using testutil::StatusIs;

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
