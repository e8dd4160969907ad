#include "common/storage/postgresql/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/postgresql/migrations.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage::postgresql {
namespace {

using ::testing::HasSubstr;
using testutil::PostgresqlServer;
using testutil::StatusIs;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
    url_ = PostgresqlServer::Get().NewDatabase();
  }
  static PostgresqlServer& server() { return PostgresqlServer::Get(); }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  std::shared_ptr<Database> Open(Options options = {}) {
    options.url = url_;
    return Database::Open(options).value();
  }
  std::string AsSuperuser(const std::string& sql) { return server().Run(sql, testutil::DatabaseOf(url_)); }

  std::string url_;
};

TEST_F(DatabaseTest, MigrationsAreAppliedOnceByWhoeverComesFirst) {
  std::vector<std::thread> programs;
  for (int i = 0; i < 4; ++i) {
    programs.emplace_back([&] { EXPECT_OK(Database::Open({.url = url_})); });
  }
  for (std::thread& program : programs) program.join();
  EXPECT_EQ(AsSuperuser("SELECT count(*) FROM clientele.schema_versions"), absl::StrCat(Migrations().size()));
}

TEST_F(DatabaseTest, ADatabaseOfANewerVersionIsRefused) {
  Open();
  AsSuperuser("INSERT INTO clientele.schema_versions VALUES (1000, 'from the future')");
  const auto refused = Database::Open({.url = url_});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 1000")));
}

TEST_F(DatabaseTest, AMigrationThatFailsLeavesNothing) {
  ASSERT_OK_AND_ASSIGN(const auto connection, Connection::Open(url_, absl::Seconds(10)));
  const std::vector<Migration> broken = {{1, "0001_good", "CREATE TABLE clientele.a (i int)"},
                                         {2, "0002_bad", "CREATE TABLE clientele.b (i nonsense)"}};
  EXPECT_THAT(Migrate(*connection, broken), StatusIs(absl::StatusCode::kInternal, HasSubstr("0002_bad")));
  EXPECT_EQ(AsSuperuser("SELECT count(*) FROM pg_namespace WHERE nspname = 'clientele'"), "0");
}

TEST_F(DatabaseTest, ARoleThatSeesEverythingIsRefused) {
  const std::string as_superuser = url_.substr(0, url_.find("&user")) + "&user=postgres";
  EXPECT_THAT(Database::Open({.url = as_superuser}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("row-level security")));
}

TEST_F(DatabaseTest, AServerThatIsNotThereIsUnavailable) {
  const auto refused = Database::Open({.url = "postgresql:///nothing?host=/nowhere", .timeout = absl::Seconds(2)});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(refused.status()), "STORAGE_FAILED");
}

TEST_F(DatabaseTest, EveryTableOfTenantsShowsATenantItsOwnRowsAlone) {
  Open();
  EXPECT_EQ(
      AsSuperuser("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a"
                  " ON attrelid = c.oid AND attname = 'tenant' WHERE nspname = 'clientele' AND relkind IN ('r', 'p')"
                  " AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy"
                  " WHERE polrelid = c.oid AND polname = 'tenant'))"),
      "0");
  EXPECT_GT(std::stoi(AsSuperuser("SELECT count(*) FROM pg_policy")), 20);
  AsSuperuser("INSERT INTO clientele.attributes VALUES ('acme', 'plan', 1), ('other', 'plan', 1)");
  std::string seen;
  ASSERT_OK(PostgresqlServer::RunAs(url_, "SELECT count(*) FROM clientele.attributes", &seen));
  EXPECT_EQ(seen, "0") << "without a tenant";
  ASSERT_OK(PostgresqlServer::RunAs(
      url_, "BEGIN; SET LOCAL clientele.tenant = 'acme'; SELECT string_agg(tenant, ' ') FROM clientele.attributes",
      &seen));
  EXPECT_EQ(seen, "acme");
  EXPECT_FALSE(PostgresqlServer::RunAs(url_,
                                       "BEGIN; SET LOCAL clientele.tenant = 'acme';"
                                       "INSERT INTO clientele.attributes VALUES ('other', 'age', 1)")
                   .ok());
}

TEST_F(DatabaseTest, AReaderSeesOneTenantsColumnsWhateverTheySet) {
  Open();
  AsSuperuser(
      "INSERT INTO clientele.records (tenant, shard, customer_id, event_time, source, record_id, ingest_time, kind, "
      "body,"
      " label) SELECT tenant, 1, 'ada', now(), 'shop', '1', now(), 2, 'secret', 'tea' FROM unnest(ARRAY['acme', "
      "'other'])"
      " AS tenant");
  AsSuperuser("DROP ROLE IF EXISTS reports; CREATE ROLE reports LOGIN");
  ASSERT_OK(PostgresqlServer::RunAs(url_, "SELECT clientele.admit('reports', 'acme')"));
  const std::string as_reader = url_.substr(0, url_.find("&user")) + "&user=reports";
  for (const char* wanted : {"acme", "other", "*"}) {
    std::string seen;
    ASSERT_OK(PostgresqlServer::RunAs(as_reader,
                                      absl::StrCat("SET clientele.tenant = '", wanted,
                                                   "'; SELECT string_agg(tenant || ' ' || product, ',')"
                                                   " FROM clientele.transactions"),
                                      &seen));
    EXPECT_EQ(seen, "acme tea");
  }
  for (const char* refused : {"SELECT body FROM clientele.records", "SELECT * FROM clientele.tenant_keys",
                              "SELECT clientele.admit('reports', '*')", "DELETE FROM clientele.customers",
                              "UPDATE clientele.readers SET sees = '*'"}) {
    EXPECT_FALSE(PostgresqlServer::RunAs(as_reader, refused).ok()) << refused;
  }
  AsSuperuser("DROP OWNED BY reports; DROP ROLE reports");
}

TEST_F(DatabaseTest, AnIndexServesATenantsRowsBelowThePolicy) {
  Open();
  std::string plan;
  ASSERT_OK(PostgresqlServer::RunAs(
      url_,
      "BEGIN; SET LOCAL clientele.tenant = 'acme'; SET LOCAL enable_seqscan = off;"
      "CREATE FUNCTION pg_temp.plan() RETURNS text LANGUAGE plpgsql AS $$ DECLARE plan json; BEGIN EXECUTE "
      "'EXPLAIN (FORMAT json) SELECT body FROM clientele.records WHERE tenant = ''acme'' AND shard = 7 AND customer_id "
      ">= ''\\x61'' ORDER BY customer_id, event_time, source, record_id' INTO plan; RETURN plan::text; END $$;"
      "SELECT pg_temp.plan()",
      &plan));
  EXPECT_THAT(plan, HasSubstr("(tenant = 'acme'::text) AND (shard = 7) AND (customer_id >= '\\\\x61'::bytea)"));
  EXPECT_THAT(plan, HasSubstr("records_00")) << "one partition";
  EXPECT_THAT(plan, ::testing::Not(HasSubstr("records_01")));
}

TEST_F(DatabaseTest, AnEndedSessionIsReplacedAndItsTransactionRunsAgain) {
  const auto database = Open();
  ASSERT_OK(database->Query(Tenant(), "SELECT 1", {}));
  EXPECT_GE(server().EndSessions(url_), 1) << "while it waits for its next use";
  ASSERT_OK(database->Query(Tenant(), "SELECT 1", {}));
  int runs = 0;
  ASSERT_OK(database->Write(Tenant(), [&](Connection& connection) -> absl::Status {
    const auto inserted = connection.Execute("INSERT INTO attributes VALUES ($1, 'plan', 1)", {Text("acme")});
    if (++runs == 1) server().EndSessions(url_);
    return inserted.ok() ? connection.Execute("SELECT 1").status() : inserted.status();
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(AsSuperuser("SELECT count(*) FROM clientele.attributes"), "1");
}

TEST_F(DatabaseTest, TransactionsThatWaitForEachOtherBothGoThrough) {
  const auto database = Open();
  for (const char* name : {"a", "b"}) {
    ASSERT_OK(database->Query(Tenant(), "INSERT INTO attributes VALUES ('acme', $1, 0)", {Text(name)}));
  }
  std::atomic<int> at_first = 0;
  const auto update = [&](absl::string_view first, absl::string_view second) {
    return database->Write(Tenant(), [&](Connection& connection) -> absl::Status {
      constexpr char kUpdate[] = "UPDATE attributes SET type = type + 1 WHERE name = $1";
      if (const auto updated = connection.Execute(kUpdate, {Text(first)}); !updated.ok()) return updated.status();
      ++at_first;
      while (at_first < 2) std::this_thread::yield();
      return connection.Execute(kUpdate, {Text(second)}).status();
    });
  };
  std::thread other([&] { EXPECT_OK(update("a", "b")); });
  EXPECT_OK(update("b", "a"));
  other.join();
  EXPECT_EQ(AsSuperuser("SELECT string_agg(type::text, ' ') FROM clientele.attributes"), "2 2");
}

TEST_F(DatabaseTest, WhatTakesTooLongEndsAndTheNextStatementIsServed) {
  const auto database = Open({.timeout = absl::Milliseconds(300)});
  const absl::Time begin = absl::Now();
  const auto slow = database->Query(Tenant(), "SELECT pg_sleep(30)", {});
  EXPECT_THAT(slow, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_OK(database->Query(Tenant(), "SELECT 1", {}));
}

TEST_F(DatabaseTest, ConnectionsAreNeverMoreThanAllowed) {
  const auto database = Open({.connections = 4});  // Two of them for writers.
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      EXPECT_OK(database->Write(Tenant(), [&](Connection& connection) {
        int now = ++inside, seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) continue;
        const absl::Status slept = connection.Execute("SELECT pg_sleep(0.02)").status();
        --inside;
        return slept;
      }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
}

TEST_F(DatabaseTest, AnErrorSaysNothingOfValues) {
  const auto database = Open();
  const auto failed = database->Query(Tenant(),
                                      "INSERT INTO attributes VALUES ('acme', 'ada@example.com', 1), "
                                      "('acme', 'ada@example.com', 1)",
                                      {});
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kInternal, HasSubstr("23505")));
  EXPECT_THAT(std::string(failed.status().message()), ::testing::Not(HasSubstr("ada@")));
}

TEST(ReadableTest, ReplacesWhatATextColumnCannotHold) {
  EXPECT_EQ(Readable("Zürich 東京 \xf0\x9f\x98\x80"), "Zürich 東京 \xf0\x9f\x98\x80");
  EXPECT_EQ(Readable(absl::string_view("a\0b", 3)),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(Readable("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(Readable("\xed\xa0\x80").size(), 9u) << "a surrogate, byte by byte";
  EXPECT_EQ(Readable("\xc0\xaf").size(), 6u) << "longer than needed";
}

}  // namespace
}  // namespace clientele::storage::postgresql
