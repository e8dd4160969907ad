#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/storage/move/layout.h"
#include "common/storage/postgresql/database.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {
namespace {

using testutil::PostgresqlServer;

std::vector<Layouts> All() {
  return {IngestionLayouts(nullptr), CustomerKeyLayouts(), TrainingLayouts(), InferenceLayouts()};
}

class LayoutsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
    url_ = PostgresqlServer::Get().NewDatabase();
    database_ = postgresql::Database::Open({.url = url_}).value();
  }
  std::string AsSuperuser(const std::string& sql) {
    return PostgresqlServer::Get().Run(sql, testutil::DatabaseOf(url_));
  }

  std::string url_;
  std::shared_ptr<const postgresql::Database> database_;
};

TEST_F(LayoutsTest, NoTableOfADatabaseIsForgotten) {
  // What is not moved: about the database itself; and what is made anew of what is moved.
  std::set<std::string> known = {"schema_versions",  "readers",         "moves",     "change_counters", "quarantines",
                                 "erasure_sequence", "model_documents", "artifacts", "artifact_pieces", "leaderships"};
  for (const Layouts& layouts : All()) {
    for (const Layout& layout : layouts.tables) known.insert(layout.table_name());
  }
  const std::string tables = AsSuperuser(
      "SELECT string_agg(relname, ' ') FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname ="
      " 'clientele' AND relkind IN ('r', 'p') AND NOT relispartition");
  for (const absl::string_view table : absl::StrSplit(tables, ' ')) {
    EXPECT_TRUE(known.contains(std::string(table))) << table << " has no layout: `clientele move` would lose it";
  }
}

TEST_F(LayoutsTest, EveryColumnThatMustBeFilledIs) {
  for (const Layouts& layouts : All()) {
    for (const Layout& layout : layouts.tables) {
      std::set<std::string> filled;
      for (const std::string& column : layout.columns()) filled.insert(column);
      if (!layout.also.empty()) {
        for (const absl::string_view column : absl::StrSplit(layout.also, ", ")) filled.insert(std::string(column));
      }
      if (!layout.insert.empty()) continue;  // Its own statement says which.
      const std::string needed = AsSuperuser(absl::StrCat(
          "SELECT coalesce(string_agg(attname, ' '), '') FROM pg_attribute WHERE attrelid = 'clientele.",
          layout.table_name(), "'::regclass AND attnum > 0 AND attnotnull AND NOT atthasdef AND attidentity = ''"));
      for (const absl::string_view column : absl::StrSplit(needed, ' ', absl::SkipEmpty())) {
        EXPECT_TRUE(filled.contains(std::string(column))) << layout.name << "." << column;
      }
    }
  }
}

TEST_F(LayoutsTest, NamesAreUnlikeAndRowsKnowTheirTenant) {
  std::set<std::string> names;
  for (const Layouts& layouts : All()) {
    for (const Layout& layout : layouts.tables) {
      EXPECT_TRUE(names.insert(layout.name).second) << layout.name;
      const std::string has_tenant = AsSuperuser(
          absl::StrCat("SELECT count(*) FROM pg_attribute WHERE attname = 'tenant' AND attrelid = 'clientele.",
                       layout.table_name(), "'::regclass"));
      EXPECT_EQ(layout.tenant_column() >= 0, has_tenant == "1") << layout.name;
    }
  }
}

}  // namespace
}  // namespace clientele::storage
