#include "services/training/split.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/services/training/support/specs.h"

namespace clientele::training {
namespace {

using dataset::RowSelection;
using model::v1::Split;
using testutil::Customers;
using testutil::Labelled;

std::map<std::string, bool> SidesOf(const dataset::Dataset& dataset, const Split& split) {
  const RowSelection training = TrainingRows(dataset, split).value();
  std::map<std::string, bool> sides;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) sides[std::string(dataset.shards[s].customer_ids[i])] = training.Has(s, i);
  }
  return sides;
}

TEST(TrainingRowsTest, TakesSevenTenthsByDefault) {
  const auto dataset = Customers(20000, Labelled::kNone);
  const RowSelection training = TrainingRows(dataset, Split()).value();
  EXPECT_NEAR(training.count() / 20000.0, 0.7, 0.01);
  EXPECT_EQ(JudgingRows(training, Split()).count() + training.count(), 20000);
}

TEST(TrainingRowsTest, ACustomerStaysOnItsSideWhenOthersCome) {
  const auto few = SidesOf(Customers(500, Labelled::kNone), Split());
  const auto many = SidesOf(Customers(5000, Labelled::kNone), Split());
  for (const auto& [customer, trains] : few) EXPECT_EQ(many.at(customer), trains) << customer;
  Split salted;
  salted.mutable_hash()->set_salt("other");
  EXPECT_NE(SidesOf(Customers(500, Labelled::kNone), salted), few);
}

TEST(TrainingRowsTest, SplitsByACategoryFeature) {
  Split split;
  split.mutable_feature()->set_feature("side");
  split.mutable_feature()->add_holdout_values("judge");
  for (const auto& [customer, trains] : SidesOf(Customers(1000, Labelled::kNone), split)) {
    EXPECT_EQ(trains, customer.back() - '0' <= 6) << customer;
  }
  split.mutable_feature()->set_feature("spend");
  EXPECT_EQ(TrainingRows(Customers(10, Labelled::kNone), split).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TrainingRowsTest, NoneTrainsAndJudgesOnAllRows) {
  Split split;
  split.set_none(true);
  const auto dataset = Customers(100, Labelled::kNone);
  const RowSelection training = TrainingRows(dataset, split).value();
  EXPECT_EQ(training.count(), 100);
  EXPECT_EQ(JudgingRows(training, split).count(), 100);
}

}  // namespace
}  // namespace clientele::training
