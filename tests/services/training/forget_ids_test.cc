#include "services/training/forget_ids.h"

#include <gtest/gtest.h>

#include "common/dataset/collect_rows.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/split.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::v1::Split;
using testutil::Customers;
using testutil::Labelled;
using testutil::StatusIs;

TEST(ForgetIdsTest, KeepsWhatTheyWereForAndNothingElse) {
  const dataset::Dataset known = Customers(3000, Labelled::kChurn);
  dataset::Dataset forgotten = known;
  Split split;
  split.mutable_hash()->set_salt("a salt");
  ASSERT_OK(ForgetIds(split, 2, forgotten));
  for (const dataset::Shard& shard : forgotten.shards) EXPECT_TRUE(shard.customer_ids.empty());
  EXPECT_EQ(forgotten.rows(), 3000);
  EXPECT_EQ(forgotten.Digest(), known.Digest());
  ASSERT_OK_AND_ASSIGN(const auto before, TrainingRows(known, split));
  ASSERT_OK_AND_ASSIGN(const auto after, TrainingRows(forgotten, split));
  EXPECT_EQ(after.shards, before.shards);
}

TEST(ForgetIdsTest, WhatWouldNeedThemAgainIsRefused) {
  dataset::Dataset forgotten = Customers(500, Labelled::kChurn);
  ASSERT_OK(ForgetIds(Split(), 1, forgotten));
  Split salted;
  salted.mutable_hash()->set_salt("another");
  EXPECT_THAT(TrainingRows(forgotten, salted), StatusIs(absl::StatusCode::kInternal));
  LocalCommunicator alone;
  EXPECT_THAT(dataset::CollectRows(forgotten, alone), StatusIs(absl::StatusCode::kInternal));
  Split none;
  none.set_none(true);
  EXPECT_EQ(TrainingRows(forgotten, none)->count(), 500);
}

TEST(ForgetIdsTest, AfterAnErrorTheyAreStillThere) {
  dataset::Dataset known = Customers(500, Labelled::kChurn);
  Split split;
  split.mutable_feature()->set_feature("no such feature");
  EXPECT_FALSE(ForgetIds(split, 1, known).ok());
  EXPECT_FALSE(known.id_traces.has_value());
  EXPECT_TRUE(TrainingRows(known, Split()).ok());
}

}  // namespace
}  // namespace clientele::training
