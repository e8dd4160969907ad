// Labels against the slow and obvious way, and auxiliary labels against labels.
#include "services/ingestion/features/labels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "absl/strings/str_join.h"
#include "tests/services/ingestion/features/random_history.h"
#include "tests/services/ingestion/features/read_dataset.h"
#include "tests/testing/status_matchers.h"

namespace clientele::features {
namespace {

using ::testing::HasSubstr;
using testutil::At;
using testutil::Purchase;
using testutil::ReadWhole;
using testutil::SpecOf;
using testutil::StatusIs;
using testutil::UsualAsOf;

// One of each kind; the sixth and the last are not for every customer.
const std::vector<std::string>& EveryKind() {
  static const std::vector<std::string> kinds = {
      "no_purchase_within { days: 30 }",
      "purchase_within { days: 90 }",
      "spend_within { days: 180 }",
      "purchases_within { days: 180 }",
      "purchases_within { days: 7 }",
      "attribute { attribute: 'plan' positive { text: 'a' } }",
      "outcome { outcome: 'renewed' days: 180 value: true }",
      "attribute { attribute: 'age' classes { number: 3 } classes { number: 7 } }"};
  return kinds;
}

class LabelsTest : public ::testing::Test {
 protected:
  void AddRandomCustomers(int count) {
    histories_ = testutil::AddRandomCustomers(count, 5, UsualAsOf(), store_);
  }

  testutil::MemoryRecordStore store_;
  testutil::Histories histories_;
};

TEST_F(LabelsTest, CountsTheDaysOnWhichACustomerBuys) {
  AddRandomCustomers(300);
  TenantCalendar calendar;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &calendar.zone));
  ASSERT_OK_AND_ASSIGN(
      const dataset::Dataset dataset,
      ReadWhole(store_, SpecOf("features: 'purchases' label { purchases_within { days: 180 } }"), calendar));
  const absl::Time end = UsualAsOf() + absl::Hours(24 * 180);
  double sum = 0;
  for (const dataset::Shard& shard : dataset.shards) {
    for (int64_t row = 0; row < shard.rows; ++row) {
      std::set<absl::CivilDay> days;
      for (const testutil::PastRecord& past : histories_.at(std::string(shard.customer_ids[row]))) {
        const auto& transaction = past.record.transaction();
        if (!past.record.has_transaction() || transaction.is_return() || transaction.base_amount_micros() < 0) continue;
        if (past.event > UsualAsOf() && past.event <= end && past.ingest <= At("2025-01-01")) {
          days.insert(absl::ToCivilDay(past.event, calendar.zone));
        }
      }
      EXPECT_EQ(shard.labels[row], static_cast<double>(days.size()));
      sum += shard.labels[row];
    }
  }
  EXPECT_GT(sum, 100);
}

TEST_F(LabelsTest, TwoPurchasesOnADayOfTheTenantAreOne) {
  store_.Add("ada", UsualAsOf(), Purchase(1));
  store_.Add("ada", At("2024-06-01 14:30:00"), Purchase(1));
  store_.Add("ada", At("2024-06-01 15:30:00"), Purchase(1));  // The next day in Tokyo.
  store_.Add("ada", At("2024-06-02 15:30:00"), testutil::Return(1));
  const common::v1::DatasetSpec spec = SpecOf("features: 'purchases' label { purchases_within { days: 30 } }");
  TenantCalendar calendar;
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset utc, ReadWhole(store_, spec, calendar));
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &calendar.zone));
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset tokyo, ReadWhole(store_, spec, calendar));
  const int shard = ShardOf(testutil::TestTenant(), "ada");
  EXPECT_EQ(utc.shards[shard].labels[0], 1);
  EXPECT_EQ(tokyo.shards[shard].labels[0], 2);
}

TEST_F(LabelsTest, AnAuxiliaryLabelIsWhatTheLabelWouldBeAndDecidesOfNoRow) {
  AddRandomCustomers(300);
  std::string text = "features: 'purchases' ";
  for (const std::string& kind : EveryKind()) absl::StrAppend(&text, "auxiliary_labels { ", kind, " } ");
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset all, ReadWhole(store_, SpecOf(text), {}, {.max_rows_per_chunk = 2}));
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset plain, ReadWhole(store_, SpecOf("features: 'purchases'")));
  ASSERT_EQ(all.header.auxiliary_labels(), 8);
  EXPECT_FALSE(all.header.has_label());
  EXPECT_EQ(all.rows(), plain.rows());
  for (int k = 0; k < 8; ++k) {
    ASSERT_OK_AND_ASSIGN(
        const dataset::Dataset one,
        ReadWhole(store_, SpecOf(absl::StrCat("features: 'purchases' label { ", EveryKind()[k], " }"))));
    EXPECT_GT(one.rows(), 20) << EveryKind()[k];
    for (int s = 0; s < kShardCount; ++s) {
      int64_t next = 0;  // Of the rows of `one`: the customers who have that label.
      for (int64_t row = 0; row < all.shards[s].rows; ++row) {
        const double label = all.shards[s].auxiliary_labels[row * 8 + k];
        if (std::isnan(label)) continue;
        ASSERT_LT(next, one.shards[s].rows);
        EXPECT_EQ(all.shards[s].customer_ids[row], one.shards[s].customer_ids[next]);
        EXPECT_EQ(label, one.shards[s].labels[next++]) << EveryKind()[k];
      }
      EXPECT_EQ(next, one.shards[s].rows);
    }
  }
}

TEST_F(LabelsTest, SaysWhichAuxiliaryLabelIsWrong) {
  store_.Add("ada", UsualAsOf(), testutil::Profile("plan", testutil::Text("a")));
  const std::string good = "features: 'purchases' auxiliary_labels { purchase_within { days: 9 } } ";
  const struct {
    std::string more;
    const char* message;
  } cases[] = {
      {"auxiliary_labels { }", "spec.auxiliary_labels[1]: needs a kind"},
      {"auxiliary_labels { purchases_within { days: 4000 } }", "spec.auxiliary_labels[1].days"},
      {"auxiliary_labels { purchases_within { days: 300 } }", "spec.auxiliary_labels[1]: its window ends"},
      {"auxiliary_labels { outcome { days: 1 } }", "spec.auxiliary_labels[1].outcome.outcome"},
      {absl::StrJoin(std::vector<std::string>(8, "auxiliary_labels { purchase_within { days: 1 } }"), " "),
       "spec.auxiliary_labels: are 9"},
  };
  for (const auto& one : cases) {
    EXPECT_THAT(ReadWhole(store_, SpecOf(good + one.more)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(one.message)));
  }
  common::v1::DatasetSpec no_as_of = SpecOf(good);
  no_as_of.clear_as_of();
  EXPECT_THAT(ReadWhole(store_, no_as_of), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.as_of")));
  // What judges may be what is learnt from.
  const std::string plan = "features: 'attribute.plan' auxiliary_labels { attribute { attribute: 'plan' } }";
  EXPECT_OK(ReadWhole(store_, SpecOf(plan)));
}

}  // namespace
}  // namespace clientele::features
