// Consents and overrides as people read them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/timestamps.h"
#include "services/cli/output/consent_view.h"
#include "services/cli/output/override_view.h"

namespace clientele::cli {
namespace {

inference::v1::ScoreOverride Override() {
  inference::v1::ScoreOverride stands;
  stands.set_name("tenants/demo/models/churn/scoreOverrides/ada");
  stands.set_value(0.02);
  stands.set_tier("gold");
  stands.set_reason("known for years");
  stands.set_actor("ann");
  *stands.mutable_expire_time() = ToProto(absl::FromUnixSeconds(1'800'000'000));
  return stands;
}

// The texts of a row.
std::vector<std::string> Row(const Table& table, size_t row) {
  std::vector<std::string> texts;
  for (const Cell& cell : table.rows().at(row)) texts.push_back(cell.shown);
  return texts;
}

TEST(OverrideViewTest, SaysWhoDecidedWhatUntilWhenAndWhy) {
  inference::v1::Score score;
  EXPECT_EQ(OverrideText(score), "");
  *score.mutable_score_override() = Override();
  EXPECT_EQ(OverrideText(score), "Overridden by ann until 2027-01-15 08:00: 0.02, tier gold (known for years)");
  score.mutable_score_override()->clear_value();
  score.mutable_score_override()->set_segment("stays");
  EXPECT_EQ(DecisionText(score.score_override()), "stays, tier gold");
}

TEST(OverrideViewTest, ADeletionIsAnEntryOfTheJournal) {
  inference::v1::ScoreOverrideChange set, deleted;
  set.set_revision(1);
  *set.mutable_score_override() = Override();
  deleted.set_revision(2);
  deleted.set_deleted(true);
  deleted.mutable_score_override()->set_reason("a mistake");
  const Table table = OverrideChangesTable({deleted, set});
  EXPECT_EQ(Row(table, 0)[3], "taken away");
  EXPECT_EQ(Row(table, 0)[5], "a mistake");
  EXPECT_EQ(Row(table, 1)[3], "0.02, tier gold");
  EXPECT_EQ(Row(OverridesTable({Override()}), 0)[0], "churn");
  EXPECT_EQ(Row(OverridesTable({Override()}), 0)[1], "ada");
}

TEST(ConsentViewTest, NamesThePurposeAndWhatWasSaidOfIt) {
  ingestion::v1::ScoringConsents consents;
  auto& all = *consents.add_consents();
  all.set_state(ingestion::v1::CONSENT_STATE_WITHDRAWN);
  all.set_source("letter");
  auto& credit = *consents.add_consents();
  credit.set_purpose("credit");
  credit.set_state(ingestion::v1::CONSENT_STATE_GRANTED);
  const Table table = ConsentsTable(consents);
  EXPECT_EQ(Row(table, 0)[0], "all");
  EXPECT_EQ(Row(table, 0)[1], "withdrawn");
  EXPECT_EQ(Row(table, 0)[3], "letter");
  EXPECT_EQ(Row(table, 1)[0], "credit");
  ingestion::v1::ScoringConsentChange change;
  change.set_from_state(ingestion::v1::CONSENT_STATE_UNSET);
  *change.mutable_to() = credit;
  EXPECT_EQ(Row(ConsentChangesTable({change}), 0)[2], "unset");
  EXPECT_EQ(Row(ConsentChangesTable({change}), 0)[3], "granted");
}

}  // namespace
}  // namespace clientele::cli
