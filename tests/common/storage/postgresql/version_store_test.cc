#include "common/storage/postgresql/version_store.h"

#include "tests/contract/version_store_contract.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {
namespace {

using postgresql::Database;
using postgresql::PostgresVersionStore;
using testutil::PostgresqlServer;

class PostgresHarness final : public VersionStoreHarness {
 public:
  std::unique_ptr<VersionStore> Open() override {
    auto store = PostgresVersionStore::Open(Database::Open({.url = url_}).value());
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  int CountArtifacts() override { return std::stoi(AsSuperuser("SELECT count(*) FROM clientele.artifacts")); }
  std::string AsSuperuser(const std::string& sql) {
    return PostgresqlServer::Get().Run(sql, testutil::DatabaseOf(url_));
  }

 private:
  const std::string url_ = PostgresqlServer::Get().NewDatabase();
};

const std::function<std::unique_ptr<VersionStoreHarness>()> kMakeHarness = [] {
  return std::make_unique<PostgresHarness>();
};

class PostgresVersionStoreTest : public VersionStoreContract {
 protected:
  PostgresHarness& harness() { return static_cast<PostgresHarness&>(*harness_); }
};

TEST_P(PostgresVersionStoreTest, OpeningRemovesWhatNobodyIsSendingAnyMore) {
  const auto coming = Stage("coming", acme_);
  harness().AsSuperuser(
      "INSERT INTO clientele.artifacts (tenant, staged_at) VALUES ('acme', now() - interval '25 hours')");
  EXPECT_EQ(harness().CountArtifacts(), 2);
  const auto other = harness().Open();
  EXPECT_EQ(harness().CountArtifacts(), 1);
}

TEST_P(PostgresVersionStoreTest, TwoProgramsSeeWhatEachOtherCommits) {
  const auto other = harness().Open();
  ASSERT_OK(Publish(acme_, "churn", 1, "bytes"));
  ASSERT_OK_AND_ASSIGN(const auto changes, other->ReadChanges(acme_, 0, 10));
  ASSERT_EQ(changes.size(), 1u);
  ModelChange late = NewVersion("churn", 2, "late");
  late.sequence = 1;
  EXPECT_THAT(other->Commit(acme_, late, nullptr), testutil::StatusIs(absl::StatusCode::kAborted));
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, VersionStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kMakeHarness)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresVersionStoreTest,
                         ::testing::ValuesIn(testutil::IfPostgresql(kMakeHarness)));

}  // namespace
}  // namespace clientele::storage
