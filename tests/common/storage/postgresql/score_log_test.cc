#include "common/storage/postgresql/score_log.h"

#include <set>

#include "tests/contract/score_log_contract.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage {
namespace {

const OpenScoreLog kOpen = [](const std::string& place) {
  return postgresql::OpenScoreLog(
      postgresql::Database::Open({.url = testutil::PostgresqlServer::Get().DatabaseAt(place)}).value());
};

class PostgresScoreLogTest : public ScoreLogContract {};

TEST_P(PostgresScoreLogTest, ReadsManyEntriesOfOneInstantOnceEach) {
  ScoreLogEntries entries = Entries();
  for (int i = 0; i < 25'000; ++i) entries.scores.push_back(Score(Noon(100 + i / 20'000), absl::StrCat("p", i)));
  ASSERT_OK(log_->Append({entries}));
  std::set<std::string> seen;
  for (const LoggedScore& score : Scores(entries)) EXPECT_TRUE(seen.insert(score.pseudonym).second);
  EXPECT_EQ(seen.size(), 25'000u);
}

INSTANTIATE_TEST_SUITE_P(PostgreSql, ScoreLogContract, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));
INSTANTIATE_TEST_SUITE_P(PostgreSql, PostgresScoreLogTest, ::testing::ValuesIn(testutil::IfPostgresql(kOpen)));

}  // namespace
}  // namespace clientele::storage
