// What goes over all rows of a dataset in parts: the same as of the whole, bit for bit, on every part.
#include "common/dataset/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/dataset/collect_rows.h"
#include "common/dataset/digest.h"
#include "common/dataset/order_statistics.h"
#include "common/dataset/part_sums.h"
#include "common/dataset/spread_rows.h"
#include "common/dataset/whole_columns.h"
#include "tests/common/dataset/part_threads.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

namespace clientele::dataset {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using testutil::OnParts;

constexpr int kRanks[] = {1, 2, 3, 8};

// Of 20 number columns, so that they are worked on in two batches.
Dataset Whole() {
  constexpr int kRows = 1000;
  testutil::Table table(kRows);
  for (int column = 0; column < 20; ++column) {
    std::vector<float> values;
    for (int i = 0; i < kRows; ++i) {
      values.push_back(i % 7 == column ? kMissingNumber : static_cast<float>(std::sin(i * (column + 1)) * 1e3));
    }
    table.Number(absl::StrCat("x", column), values);
  }
  std::vector<std::string> plans;
  std::vector<double> labels;
  for (int i = 0; i < kRows; ++i) {
    plans.push_back(i % 5 == 0 ? "" : absl::StrCat("plan", i % 3));
    labels.push_back(i % 4 == 0 ? 1 : 0.1 * i);
  }
  return table.Category("plan", plans).Labels(labels).Build();
}

TEST(PartsTest, EveryShardIsInOnePart) {
  for (const int parts : kRanks) {
    EXPECT_EQ(FirstShard(0, parts), 0);
    EXPECT_EQ(FirstShard(parts, parts), kShardCount);
    for (int part = 0; part < parts; ++part) EXPECT_LE(FirstShard(part, parts), FirstShard(part + 1, parts));
  }
}

TEST(PartSumsTest, SumsAreTheSameForAnyNumberOfPartsAndThreads) {
  const Dataset whole = Whole();
  const auto sum = [](const Dataset& part, Parts& parts) {
    return *SumOverShards(part, 2, 1 + parts.size() % 2, parts, [&](int s, absl::Span<double> result) {
      for (const double label : part.shards[s].labels) result[0] += label;
      result[1] += static_cast<double>(part.shards[s].rows);
    });
  };
  const std::vector<double> alone = sum(whole, OnlyPart());
  EXPECT_EQ(alone[1], 1000);
  for (const int ranks : kRanks) {
    EXPECT_THAT(OnParts<std::vector<double>>(whole, ranks, sum), Each(ElementsAre(alone[0], alone[1])));
  }
}

TEST(PartSumsTest, CountsAreOfAllPartsAlsoWhereSomeHaveNoShard) {
  const auto count = [](const Dataset& part, Parts& parts) { return *SumCount(part.rows(), parts); };
  for (const int ranks : {1, 2, 300}) EXPECT_THAT(OnParts<int64_t>(Whole(), ranks, count), Each(1000));
}

TEST(PartSumsTest, RowsAreGatheredInRowOrder) {
  const Dataset whole = Whole();
  std::vector<double> labels;
  for (const Shard& shard : whole.shards) labels.insert(labels.end(), shard.labels.begin(), shard.labels.end());
  const auto own = [](const Dataset& part) {
    std::vector<double> mine;
    for (const Shard& shard : part.shards) mine.insert(mine.end(), shard.labels.begin(), shard.labels.end());
    return mine;
  };
  using Labels = std::vector<double>;
  const auto everywhere = OnParts<Labels>(
      whole, 3, [&](const Dataset& part, Parts& parts) { return *AllGatherRows(own(part), parts); });
  EXPECT_THAT(everywhere, Each(labels));
}

TEST(WholeColumnsTest, EachColumnIsWorkedOnWholeAndOnce) {
  const Dataset whole = Whole();
  const RowSelection all = RowSelection::All(whole);
  // Depends on the values and on their order.
  const auto work = [](size_t i, const std::vector<float>& values) {
    double sum = 0;
    for (size_t row = 0; row < values.size(); ++row) {
      if (!std::isnan(values[row])) sum += values[row] * static_cast<double>(row);
    }
    return absl::StrCat(i, ": ", sum);
  };
  std::vector<int> columns;
  for (int column = 19; column >= 0; --column) columns.push_back(column);
  using Results = std::vector<std::string>;
  const Results alone = *WorkOnWholeColumns(whole, all, columns, 2, OnlyPart(), work);
  EXPECT_THAT(alone, SizeIs(20));
  for (const int ranks : kRanks) {
    EXPECT_THAT(OnParts<Results>(whole, ranks,
                                 [&](const Dataset& part, Parts& parts) {
                                   return *WorkOnWholeColumns(part, RowSelection::All(part), columns, 1, parts, work);
                                 }),
                Each(alone));
  }
}

template <typename T>
void ExpectOrderStatistics(const std::vector<std::vector<T>>& lists) {
  std::vector<std::vector<int64_t>> asked;
  std::vector<std::vector<T>> expected;
  for (std::vector<T> list : lists) {
    std::erase_if(list, [](T value) { return std::isnan(value); });
    std::sort(list.begin(), list.end());
    const auto n = static_cast<int64_t>(list.size());
    asked.emplace_back();
    expected.emplace_back();
    for (int64_t rank = 0; rank < n; rank += 1 + n / 7) asked.back().push_back(rank);
    if (n > 0) asked.back().push_back(n - 1);
    for (const int64_t rank : asked.back()) expected.back().push_back(list[rank]);
  }
  for (const int ranks : {1, 3}) {
    const auto group = training::MakeThreadGroup(ranks, absl::Seconds(60));
    using Found = std::vector<std::vector<T>>;
    EXPECT_THAT(testutil::OnRanks<Found>(ranks,
                                         [&](int rank) {
                                           std::vector<std::vector<T>> mine(lists.size());
                                           for (size_t k = 0; k < lists.size(); ++k) {
                                             for (size_t i = rank; i < lists[k].size(); i += ranks) {
                                               mine[k].push_back(lists[k][i]);
                                             }
                                           }
                                           return *OrderStatistics(mine, asked, 2, *group[rank]);
                                         }),
                Each(expected));
  }
}

template <typename T>
std::vector<std::vector<T>> ListsOf() {
  constexpr T kInfinity = std::numeric_limits<T>::infinity(), kNaN = std::numeric_limits<T>::quiet_NaN();
  std::vector<std::vector<T>> lists = {{}, {5}, {2, 2, 2, 2}, {kInfinity, -kInfinity, kNaN, 0, 1, kNaN}};
  auto& many = lists.emplace_back();
  for (int i = 0; i < 500; ++i) many.push_back(static_cast<T>(std::sin(i) * std::pow(10.0, i % 60 - 30)));
  auto& alike = lists.emplace_back();  // But for their last bits.
  for (int i = 0; i < 100; ++i) alike.push_back(1 + std::numeric_limits<T>::epsilon() * static_cast<T>(i * 37 % 100));
  return lists;
}

TEST(OrderStatisticsTest, AreThoseOfTheSortedValues) {
  ExpectOrderStatistics(ListsOf<float>());
  ExpectOrderStatistics(ListsOf<double>());
}

TEST(SpreadRowsTest, TakesTheSameRowsForAnyNumberOfParts) {
  const Dataset whole = Whole();
  for (const int most : {0, 1, 100, 1000, 2000}) {
    const RowSelection alone = *SpreadRows(RowSelection::All(whole), most, OnlyPart());
    EXPECT_EQ(alone.count(), std::min(most, 1000));
    const auto chosen = OnParts<RowSelection>(whole, 3, [&](const Dataset& part, Parts& parts) {
      return *SpreadRows(RowSelection::All(part), most, parts);
    });
    for (int rank = 0; rank < 3; ++rank) {
      for (int s = FirstShard(rank, 3); s < FirstShard(rank + 1, 3); ++s) {
        EXPECT_EQ(chosen[rank].shards[s], alone.shards[s]);
      }
    }
  }
}

TEST(CollectRowsTest, TheFirstPartHasAllRows) {
  const Dataset whole = Whole();
  for (const int ranks : {1, 2, 5, 8}) {
    const auto collected = OnParts<Dataset>(
        whole, ranks, [](const Dataset& part, Parts& parts) { return *CollectRows(part, parts); });
    EXPECT_EQ(collected[0].Digest(), whole.Digest());
    for (int rank = 1; rank < ranks; ++rank) EXPECT_EQ(collected[rank].rows(), 0);
  }
}

TEST(DigestTest, IsTheSameForAnyNumberOfPartsAndThreads) {
  const Dataset whole = Whole();
  for (const int ranks : kRanks) {
    EXPECT_THAT(OnParts<std::string>(
                    whole, ranks, [&](const Dataset& part, Parts& parts) { return *DigestOf(part, 2, parts); }),
                Each(whole.Digest()));
  }
}

}  // namespace
}  // namespace clientele::dataset
