// Datasets that ranks have read in parts.
#include "services/training/ranks/merge_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "services/ingestion/features/purchase_series.h"
#include "services/training/learners/training_matrix.h"
#include "services/training/ranks/merge_purchases.h"
#include "tests/services/training/ranks/rank_threads.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;

using Parts = std::vector<absl::StatusOr<Dataset>>;

// What every rank knows in the end.
Parts Merge(const Parts& parts, const common::v1::DatasetSpec& spec = {}) {
  const int ranks = static_cast<int>(parts.size());
  const auto group = MakeThreadGroup(ranks, absl::Seconds(20));
  return testutil::OnRanks<absl::StatusOr<Dataset>>(
      ranks, [&](int rank) { return MergeParts(parts[rank], spec, *group[rank]); });
}

Parts PartsOf(const Dataset& whole, int ranks) {
  Parts parts;
  for (int rank = 0; rank < ranks; ++rank) {
    const int first = FirstShard(rank, ranks);
    parts.push_back(testutil::ShardsOf(whole, first, FirstShard(rank + 1, ranks) - first));
  }
  return parts;
}

TEST(MergePartsTest, EveryPartIsThatOfWhatOneRankWouldHaveRead) {
  const Dataset whole = testutil::Customers(1000, testutil::Labelled::kSpend);
  for (const int ranks : {1, 2, 5, 8}) {
    const Parts merged = Merge(PartsOf(whole, ranks));
    for (int rank = 0; rank < ranks; ++rank) {
      ASSERT_OK(merged[rank]);
      EXPECT_EQ(merged[rank]->dictionaries, whole.dictionaries);
      for (int s = FirstShard(rank, ranks); s < FirstShard(rank + 1, ranks); ++s) {
        EXPECT_EQ(merged[rank]->shards[s].categories, whole.shards[s].categories);
        EXPECT_EQ(merged[rank]->shards[s].rows, whole.shards[s].rows);
      }
    }
  }
}

TEST(MergePartsTest, TheOldestErasureEpochAndTheLatestCutsHold) {
  Parts parts = PartsOf(testutil::Customers(300, testutil::Labelled::kNone), 2);
  parts[0]->header.set_erasure_epoch(7);
  parts[1]->header.set_erasure_epoch(5);
  const auto cut = [](Dataset& part, common::v1::RecordKind kind, int64_t seconds) {
    auto& added = *part.header.add_retention_cuts();
    added.set_kind(kind);
    added.mutable_cut_time()->set_seconds(seconds);
  };
  cut(*parts[0], common::v1::RECORD_KIND_TRANSACTION, 100);
  cut(*parts[1], common::v1::RECORD_KIND_TRANSACTION, 200);
  cut(*parts[1], common::v1::RECORD_KIND_PROFILE, 50);
  parts[0]->opted_out_rows = 2;
  parts[1]->opted_out_rows = 3;
  for (const auto& whole : Merge(parts)) {
    ASSERT_OK(whole);
    EXPECT_EQ(whole->header.erasure_epoch(), 5);
    EXPECT_EQ(whole->opted_out_rows, 5);
    ASSERT_EQ(whole->header.retention_cuts_size(), 2);
    for (const auto& one : whole->header.retention_cuts()) {
      EXPECT_EQ(one.cut_time().seconds(), one.kind() == common::v1::RECORD_KIND_PROFILE ? 50 : 200);
    }
  }
}

TEST(MergePartsTest, RefusesPartsOfAnotherDataset) {
  Parts parts = PartsOf(testutil::Customers(300, testutil::Labelled::kNone), 2);
  parts[1]->header.mutable_as_of()->set_seconds(77);
  for (const auto& whole : Merge(parts)) {
    EXPECT_THAT(whole, testutil::StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("rank 1")));
  }
}

TEST(MergePartsTest, WhatOneRankCouldNotReadAllSay) {
  Parts parts = PartsOf(testutil::Customers(300, testutil::Labelled::kNone), 3);
  parts[1] = absl::UnavailableError("ingestion is away");
  for (const auto& whole : Merge(parts)) {
    EXPECT_THAT(whole, testutil::StatusIs(absl::StatusCode::kUnavailable, "ingestion is away"));
  }
}

TEST(MergePartsTest, PurchasesByDaysGiveIngestionsOwnBins) {
  const absl::Time as_of = absl::FromUnixSeconds(86'400 * 40 + 3'600), end = as_of + absl::Hours(24 * 17);
  features::PurchaseDays all;
  features::PurchaseDays parts[3];  // The last one is of customers who bought nothing.
  for (int i = 0; i < 200; ++i) {
    const int32_t day = 3 + (i * 37) % 50;
    const __int128 micros = 1'234'567 * i + 89;
    all.Add(day, i % 3 == 0, micros);
    parts[day % 2 == 0 || day < 9 ? 0 : 1].Add(day, i % 3 == 0, micros);  // They begin on different days.
  }
  for (const int bin_days : {1, 7, 30}) {
    PurchaseMerger merger;
    for (const auto& part : parts) ASSERT_OK(merger.Add(part.Series(1, as_of, end, absl::UTCTimeZone())));
    EXPECT_EQ(merger.InBins(bin_days).SerializeAsString(),
              all.Series(bin_days, as_of, end, absl::UTCTimeZone()).SerializeAsString());
  }
  PurchaseMerger nobody;
  ASSERT_OK(nobody.Add(parts[2].Series(1, as_of, end, absl::UTCTimeZone())));
  EXPECT_EQ(nobody.InBins(7).SerializeAsString(),
            parts[2].Series(7, as_of, end, absl::UTCTimeZone()).SerializeAsString());
}

}  // namespace
}  // namespace clientele::training
