// The contracts of ingestion's stores on PostgreSQL.
#include "common/storage/postgresql/record_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/contract/erasure_store_contract.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

using postgresql::Database;
using postgresql::PostgresRecordStore;
using testutil::PostgresqlServer;

// A database of its own.
class OnPostgresql final : public ReopenableStore, public ReopenableErasures {
 public:
  OnPostgresql() { Reopen(); }
  RecordStore& store() override { return *store_; }
  RecordStore& records() override { return *store_; }
  ErasureStore& erasures() override { return *store_; }
  void Reopen() override {
    store_ = std::make_unique<PostgresRecordStore>(Database::Open({.url = url_}).value(),
                                                   [](absl::string_view) { return RecordColumns(); });
  }

 private:
  const std::string url_ = PostgresqlServer::Get().NewDatabase();
  std::unique_ptr<PostgresRecordStore> store_;
};

MakeStore kMakeStore = [] { return std::unique_ptr<ReopenableStore>(new OnPostgresql()); };
MakeErasures kMakeErasures = [] { return std::unique_ptr<ReopenableErasures>(new OnPostgresql()); };

}  // namespace

INSTANTIATE_TEST_SUITE_P(PostgreSql, RecordStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kMakeStore)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, ErasureStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kMakeErasures)));

}  // namespace clientele::storage
