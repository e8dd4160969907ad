#include "common/dataset/selection.h"

#include <gtest/gtest.h>

#include "tests/common/dataset/table.h"

namespace clientele::dataset {
namespace {

TEST(RowSelectionTest, CountsWhatItHolds) {
  const Dataset dataset = testutil::Table(3).Number("n", {1, 2, 3}).Build();
  const RowSelection all = RowSelection::All(dataset);
  EXPECT_EQ(all.count(), 3);
  EXPECT_EQ(RowSelection::None(dataset).count(), 0);
  RowSelection some = RowSelection::None(dataset);
  some.shards[1][0] = 1;
  EXPECT_EQ(some.count(), 1);
  EXPECT_EQ(some.count(1), 1);
  EXPECT_EQ(some.count(0), 0);
  EXPECT_TRUE(some.Has(1, 0));
  const RowSelection rest = some.Complement();
  EXPECT_EQ(rest.count(), 2);
  EXPECT_FALSE(rest.Has(1, 0));
  EXPECT_TRUE(rest.Has(2, 0));
}

}  // namespace
}  // namespace clientele::dataset
