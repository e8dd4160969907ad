#include "common/storage/postgresql/current_score_store.h"

#include "tests/contract/current_score_store_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

std::shared_ptr<const postgresql::Database> DatabaseAt(const std::string& place) {
  return postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value();
}

const OpenCurrentScoreStore kOpen = [](const std::string& place) -> absl::StatusOr<std::unique_ptr<CurrentScoreStore>> {
  return postgresql::MakeCurrentScoreStore(DatabaseAt(place));
};

class PostgresCurrentScoreStoreTest : public CurrentScoreStoreContract {};

TEST_P(PostgresCurrentScoreStoreTest, TheTableCanBeReadAsItStands) {
  Put({Score(Name("ada"), 1, 0.25, "low"), Score(Name("bob"), 1, 0.5, "low")});
  Put({Score(Name("ada"), 2, 0.75, "high", "", 2)});
  const auto rows = DatabaseAt(directory_.path())
                        ->Query(Tenant(),
                                "SELECT clientele.readable(customer_id), score, tier, previous_tier, version"
                                " FROM current_scores WHERE model = 'churn' AND score > previous_score",
                                {});
  ASSERT_OK(rows);
  ASSERT_EQ(rows->rows(), 1);
  EXPECT_EQ(rows->String(0, 0), "ada");
  EXPECT_EQ(rows->Float8(0, 1), 0.75);
  EXPECT_EQ(rows->String(0, 2), "high");
  EXPECT_EQ(rows->String(0, 3), "low");
  EXPECT_EQ(rows->Int8(0, 4), 2);
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, CurrentScoreStoreContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresCurrentScoreStoreTest, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
