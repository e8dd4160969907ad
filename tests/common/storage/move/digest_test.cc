#include "common/storage/move/digest.h"

#include <gtest/gtest.h>

#include <vector>

namespace clientele::storage {
namespace {

Row MakeRow(const std::vector<absl::string_view>& values) {
  Row row;
  for (const absl::string_view value : values) row.Add(value);
  return row;
}

RowDigest Of(const std::vector<std::vector<absl::string_view>>& rows) {
  RowDigest digest;
  for (const auto& row : rows) digest.Add("t", MakeRow(row));
  return digest;
}

TEST(RowDigestTest, TheOrderOfRowsIsNothing) {
  EXPECT_EQ(Of({{"a", "1"}, {"b", "2"}, {"c", "3"}}), Of({{"c", "3"}, {"a", "1"}, {"b", "2"}}));
}

TEST(RowDigestTest, TellsWhatADifferenceIs) {
  const RowDigest one = Of({{"ab", "c"}, {"x", ""}});
  EXPECT_NE(one, Of({{"a", "bc"}, {"x", ""}})) << "where a value ends";
  EXPECT_NE(one, Of({{"ab", "c"}, {"", "x"}})) << "which column";
  EXPECT_NE(one, Of({{"ab", "c"}})) << "a row less";
  EXPECT_NE(one, Of({{"ab", "c"}, {"x", ""}, {"x", ""}})) << "a row twice";
  RowDigest other;
  other.Add("u", MakeRow({"ab", "c"}));
  other.Add("u", MakeRow({"x", ""}));
  EXPECT_NE(one, other) << "which table";
}

TEST(RowDigestTest, PartsMakeTheWhole) {
  RowDigest sum = Of({{"a", "1"}});
  sum.Merge(Of({{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(sum, Of({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(sum.rows(), 3);
  EXPECT_EQ(sum.bytes(), 6);
  EXPECT_EQ(RowDigest().Hex(), std::string(64, '0'));
  EXPECT_EQ(sum.Hex().size(), 64u);
}

}  // namespace
}  // namespace clientele::storage
