#include "common/storage/rocksdb/fields.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "common/storage/postgresql/values.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using postgresql::FromBigEndian;

Layout One(Form form) { return {.name = "t", .family = "f", .value = {{form, "value"}}}; }

// The value's bytes as a row's only value; empty where they are damaged.
std::vector<std::string> Decoded(Form form, absl::string_view bytes) {
  Row row;
  if (!DecodeRow(One(form), "", bytes, row)) return {};
  return {std::string(row[0])};
}

std::string Signed(int64_t number) {
  std::string bytes;
  AppendSigned64(number, bytes);
  return bytes;
}
std::string Unsigned(uint64_t number) {
  std::string bytes;
  AppendUnsigned64(number, bytes);
  return bytes;
}

TEST(FieldsTest, NumbersAreThoseOfPostgresql) {
  EXPECT_EQ(Decoded(Form::kNumber, Unsigned(258))[0], postgresql::Int8(258).bytes);
  EXPECT_EQ(Decoded(Form::kSigned, Signed(-2))[0], postgresql::Int8(-2).bytes);
  EXPECT_EQ(Decoded(Form::kSmallSigned, Signed(-1))[0], postgresql::Int2(-1).bytes);
  EXPECT_EQ(Decoded(Form::kMediumSigned, Signed(-70'000))[0], postgresql::Int4(-70'000).bytes);
  EXPECT_EQ(Decoded(Form::kByte, "\7")[0], postgresql::Int2(7).bytes);
  EXPECT_EQ(Decoded(Form::kFlag, "\1")[0], postgresql::Bool(true).bytes);
  EXPECT_EQ(Decoded(Form::kInverse, Unsigned(~uint64_t{9}))[0], postgresql::Int8(9).bytes);
  EXPECT_EQ(Decoded(Form::kDouble, Unsigned(std::bit_cast<uint64_t>(-0.5)))[0], postgresql::Float8(-0.5).bytes);
  EXPECT_EQ(Decoded(Form::kTime, Signed(1'600'000'000'000'001))[0], postgresql::Time(1'600'000'000'000'001).bytes);
  EXPECT_EQ(Decoded(Form::kInverseSecond, Unsigned(~uint64_t{1'600'000'000}))[0],
            postgresql::Time(1'600'000'000'000'000).bytes);
  EXPECT_EQ(Decoded(Form::kNumbers, Signed(3) + Signed(-4))[0],
            postgresql::Array(postgresql::Type::kInt8, {postgresql::Int8(3), postgresql::Int8(-4)}).bytes);
}

TEST(FieldsTest, DamagedBytesAreTold) {
  EXPECT_TRUE(Decoded(Form::kNumber, "short").empty());
  EXPECT_TRUE(Decoded(Form::kNumber, Unsigned(1) + "x").empty()) << "more than there should be";
  EXPECT_TRUE(Decoded(Form::kText, "not ended").empty());
  EXPECT_TRUE(Decoded(Form::kDigest, "short").empty());
  EXPECT_TRUE(Decoded(Form::kTexts, Unsigned(1'000'000'000'000)).empty());
  EXPECT_TRUE(Decoded(Form::kNumbers, "odd").empty());
}

TEST(FieldsTest, WhatAnOlderVersionDidNotWriteIsNothing) {
  EXPECT_EQ(Decoded(Form::kLateText, ""), std::vector<std::string>{""});
  EXPECT_EQ(Decoded(Form::kLateNumber, "")[0], postgresql::Int8(0).bytes);
}

TEST(FieldsTest, MarksTellRowsOfAFamilyApart) {
  const Layout of_tenant = {.name = "t", .family = "f", .key = {{Form::kText, "tenant"}, {Form::kMark, "s"}}};
  const Layout of_all = {.name = "u", .family = "f", .key = {{Form::kMark, absl::string_view("\0c", 2)}}};
  std::string key;
  AppendText("acme", key);
  EXPECT_TRUE(Claims(of_tenant, key + "s1"));
  EXPECT_FALSE(Claims(of_tenant, key + "e1"));
  EXPECT_FALSE(Claims(of_tenant, absl::string_view("\0cs", 3)));
  EXPECT_TRUE(Claims(of_all, absl::string_view("\0c123", 5)));
  EXPECT_FALSE(Claims(of_all, key + "s1"));
}

// A value of the form, with what makes trouble: zero bytes, bytes that are no text, the ends of ranges.
void AddValue(Form form, Row& row) {
  using postgresql::AppendBigEndian;
  switch (form) {
    case Form::kText:
    case Form::kLateText:
    case Form::kRest: return row.Add(absl::string_view("a\0\xff\1b", 5));
    case Form::kDigest: return row.Add("sixteen bytes...");
    case Form::kByte: return row.Add(postgresql::Int2(200).bytes);
    case Form::kFlag: return row.Add(postgresql::Bool(true).bytes);
    case Form::kSmallNumber: return row.Add(postgresql::Int2(3).bytes);
    case Form::kSmallSigned: return row.Add(postgresql::Int2(-1).bytes);
    case Form::kMediumSigned: return row.Add(postgresql::Int4(std::numeric_limits<int32_t>::min()).bytes);
    case Form::kDouble: return row.Add(postgresql::Float8(-1e300).bytes);
    case Form::kTime:
    case Form::kLittleTime: return row.Add(postgresql::Time(-1'234'567).bytes);
    case Form::kInverseSecond: return row.Add(postgresql::Time(1'600'000'000'000'000).bytes);
    case Form::kTexts:
      return row.Add(postgresql::Array(postgresql::Type::kText, {postgresql::Text("web"), postgresql::Text("")}).bytes);
    case Form::kNumbers:
      return row.Add(postgresql::Array(postgresql::Type::kInt8, {postgresql::Int8(-1), postgresql::Int8(5)}).bytes);
    case Form::kMark:
    case Form::kDay:
    case Form::kRequest: return;
    default: return row.Add(postgresql::Int8(77).bytes);
  }
}

TEST(FieldsTest, EveryLayoutsRowsComeBackAsTheyWere) {
  for (const Layouts& layouts :
       {IngestionLayouts(nullptr), CustomerKeyLayouts(), TrainingLayouts(), InferenceLayouts()}) {
    for (const Layout& layout : layouts.tables) {
      if (layout.codec != nullptr) continue;
      Row row, back;
      for (const std::vector<Field>* fields : {&layout.key, &layout.value}) {
        for (const Field& field : *fields) AddValue(field.form, row);
      }
      ASSERT_EQ(row.size(), layout.columns().size()) << layout.name;
      std::string key, value;
      ASSERT_TRUE(EncodeRow(layout, row, key, value)) << layout.name;
      EXPECT_TRUE(Claims(layout, key)) << layout.name;
      ASSERT_TRUE(DecodeRow(layout, key, value, back)) << layout.name;
      ASSERT_EQ(back.size(), row.size()) << layout.name;
      for (size_t i = 0; i < row.size(); ++i) EXPECT_EQ(back[i], row[i]) << layout.name << " " << layout.columns()[i];
    }
  }
}

}  // namespace
}  // namespace clientele::storage
