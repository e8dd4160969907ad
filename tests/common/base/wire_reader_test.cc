#include "common/base/wire_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"

namespace clientele {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;
using inference::v1::ScoreRequest;

TEST(WireReaderTest, ReadsWhatProtobufWrites) {
  ScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  request.mutable_subject()->set_customer_id("ada");
  request.set_max_reasons(-1);
  request.set_trend_days(300);
  const std::string bytes = request.SerializeAsString();
  WireReader in(bytes);
  ScoreRequest read;
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Bytes(ScoreRequest::kNameFieldNumber): read.set_name(std::string(in.bytes())); break;
      case WireReader::Bytes(ScoreRequest::kSubjectFieldNumber):
        ASSERT_TRUE(read.mutable_subject()->ParseFromString(std::string(in.bytes())));
        break;
      case WireReader::Varint(ScoreRequest::kMaxReasonsFieldNumber): read.set_max_reasons(in.int32()); break;
      case WireReader::Varint(ScoreRequest::kTrendDaysFieldNumber): read.set_trend_days(in.int32()); break;
      default: ADD_FAILURE() << in.tag();
    }
  }
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(read.SerializeAsString(), bytes);
}

// A field as text: its tag, and what it holds.
std::vector<std::string> FieldsOf(const UnknownFieldSet& set) {
  std::vector<std::string> fields;
  for (int i = 0; i < set.field_count(); ++i) {
    const UnknownField& field = set.field(i);
    std::string text = std::to_string(field.number()) + " " + std::to_string(field.type());
    if (field.type() == UnknownField::TYPE_VARINT) text += " " + std::to_string(field.varint());
    if (field.type() == UnknownField::TYPE_FIXED64) text += " " + std::to_string(field.fixed64());
    if (field.type() == UnknownField::TYPE_LENGTH_DELIMITED) text += " " + field.length_delimited();
    fields.push_back(text);
  }
  return fields;
}

std::vector<std::string> FieldsOf(WireReader& in) {
  constexpr UnknownField::Type kTypes[] = {UnknownField::TYPE_VARINT, UnknownField::TYPE_FIXED64,
                                           UnknownField::TYPE_LENGTH_DELIMITED, UnknownField::TYPE_GROUP,
                                           UnknownField::TYPE_GROUP, UnknownField::TYPE_FIXED32};
  std::vector<std::string> fields;
  while (in.Next()) {
    const UnknownField::Type type = kTypes[in.tag() & 7];
    std::string text = std::to_string(in.tag() >> 3) + " " + std::to_string(type);
    if (type == UnknownField::TYPE_VARINT || type == UnknownField::TYPE_FIXED64)
      text += " " + std::to_string(in.varint());
    if (type == UnknownField::TYPE_LENGTH_DELIMITED) text += " " + std::string(in.bytes());
    fields.push_back(text);
  }
  return fields;
}

// Fields of every type, groups within groups among them.
void AddRandomFields(std::mt19937& random, int depth, UnknownFieldSet& set) {
  for (unsigned i = random() % 5; i > 0; --i) {
    const int number = 1 + static_cast<int>(random() % (random() % 4 == 0 ? (1 << 29) - 1 : 20));
    switch (random() % 5) {
      case 0: set.AddVarint(number, uint64_t{random()} << random() % 33); break;
      case 1: set.AddFixed32(number, random()); break;
      case 2: set.AddFixed64(number, uint64_t{random()} << 32 | random()); break;
      case 3: set.AddLengthDelimited(number, std::string(random() % 200, 'x')); break;
      default:
        if (depth < 3) AddRandomFields(random, depth + 1, *set.AddGroup(number));
    }
  }
}

TEST(WireReaderTest, WhateverTheBytesItAgreesWithProtobuf) {
  std::mt19937 random(7);
  int damaged = 0;
  for (int round = 0; round < 20'000; ++round) {
    UnknownFieldSet fields_to_write;
    AddRandomFields(random, 0, fields_to_write);
    std::string bytes;
    ASSERT_TRUE(fields_to_write.SerializeToString(&bytes));
    for (unsigned changes = random() % 3; changes > 0 && !bytes.empty(); --changes) {
      const size_t at = random() % bytes.size();
      if (random() % 3 == 0) {
        bytes.resize(at);
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    google::protobuf::Empty message;
    const bool well_formed = message.ParseFromString(bytes);
    WireReader in(bytes);
    const std::vector<std::string> fields = FieldsOf(in);
    ASSERT_EQ(in.ok(), well_formed) << round << " " << testing::PrintToString(bytes);
    if (well_formed) {
      ASSERT_EQ(fields, FieldsOf(message.GetReflection()->GetUnknownFields(message))) << round;
    }
    damaged += !well_formed;
  }
  EXPECT_GT(damaged, 1000);
}

TEST(WireReaderTest, EndlessGroupsEnd) {
  const std::string groups(100'000, '\x0b');
  WireReader in(groups);
  EXPECT_FALSE(in.Next());
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace clientele
