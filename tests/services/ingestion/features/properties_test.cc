#include "services/ingestion/features/properties.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "clientele/ingestion/v1/record.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "services/ingestion/features/record_fields.h"
#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/services/ingestion/random_record.h"

namespace clientele::features {
namespace {

using ingestion::v1::Record;
using testutil::Random;
using testutil::RandomRecord;

common::v1::Value ValueOf(const ValueView& view) {
  common::v1::Value value;
  switch (view.kind) {
    case ValueView::Kind::kNumber: value.set_number(view.number); break;
    case ValueView::Kind::kText: value.set_text(std::string(view.text)); break;
    case ValueView::Kind::kFlag: value.set_flag(view.flag); break;
    case ValueView::Kind::kTime:
      value.mutable_time()->set_seconds(view.time_seconds);
      value.mutable_time()->set_nanos(view.time_nanos);
      break;
    case ValueView::Kind::kNone: break;
  }
  return value;
}

using Properties = std::map<std::string, std::string>;  // Name -> serialised value.

Properties PropertiesOf(const RecordView& view) {
  Properties properties;
  EXPECT_TRUE(ForEachProperty(view, [&properties](absl::string_view name, const ValueView& value) {
    properties[std::string(name)] = ValueOf(value).SerializeAsString();
  }));
  return properties;
}
template <typename Map>
Properties PropertiesOfMap(const Map& map) {
  Properties properties;
  for (const auto& [name, value] : map) {
    common::v1::Value known = value;
    known.DiscardUnknownFields();
    properties[name] = known.SerializeAsString();
  }
  return properties;
}

Properties PropertiesOf(const Record& record) {
  if (record.has_profile()) return PropertiesOfMap(record.profile().attributes());
  if (record.has_transaction()) return PropertiesOfMap(record.transaction().properties());
  return PropertiesOfMap(record.interaction().properties());
}

// A view of `rest` alone.
RecordView ViewOfRest(common::v1::RecordKind kind, absl::string_view rest) {
  RecordView view;
  view.kind = kind;
  view.rest = rest;
  return view;
}

TEST(PropertiesTest, ReadsThePropertiesThatTheGeneratedParserReads) {
  Random random(1);
  for (int i = 0; i < 5'000; ++i) {
    const Record record = RandomRecord(random);
    const std::string rest = record.SerializeAsString();
    EXPECT_EQ(PropertiesOf(ViewOfRest(ingestion::KindOf(record), rest)), PropertiesOf(record));
  }
}

TEST(PropertiesTest, NeverCrashesOnDamagedBytesAndAcceptsWhateverTheGeneratedParserAccepts) {
  const google::protobuf::LogSilencer silence;  // Of what protobuf says about bytes that are not UTF-8.
  Random random(3);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    const Record sent = RandomRecord(random);
    std::string rest = sent.SerializeAsString();
    for (uint64_t changes = 1 + random() % 3; changes > 0 && !rest.empty(); --changes) {
      switch (random() % 3) {
        case 0: rest[random() % rest.size()] = static_cast<char>(random()); break;
        case 1: rest.resize(random() % rest.size()); break;
        default: rest.insert(random() % rest.size(), 1, static_cast<char>(random())); break;
      }
    }
    // At the end of a page of its own size, so that an address sanitizer sees any step beyond.
    const std::vector<char> exact(rest.begin(), rest.end());
    const RecordView view = ViewOfRest(ingestion::KindOf(sent), {exact.data(), exact.size()});
    const bool read = ForEachProperty(view, [](absl::string_view, const ValueView&) {});
    Record record;
    if (!record.ParseFromString(rest) || ingestion::KindOf(record) != view.kind) continue;
    ++accepted;
    ASSERT_TRUE(read);
    EXPECT_EQ(PropertiesOf(view), PropertiesOf(record));
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(PropertiesTest, SkipsUnknownFieldsOfEveryWireType) {
  const Record record = testutil::Profile("plan", testutil::Text("gold"));
  // Fields 100 to 103: a varint, eight bytes, a text, four bytes; then a group 104 with a varint in it.
  const std::string unknown(
      "\xa0\x06\x01\xa9\x06"
      "12345678"
      "\xb2\x06\x02"
      "ab"
      "\xbd\x06"
      "1234"
      "\xc3\x06\x08\x01\xc4\x06",
      30);
  ASSERT_TRUE(Record().ParseFromString(unknown));
  const std::string rest = unknown + record.SerializeAsString() + unknown;
  EXPECT_EQ(PropertiesOf(ViewOfRest(common::v1::RECORD_KIND_PROFILE, rest)), PropertiesOf(record));
}

TEST(PropertiesTest, RefusesWhatEndsTooEarly) {
  const std::string rest = testutil::Profile("plan", testutil::Text("gold")).SerializeAsString();
  for (size_t size = 1; size < rest.size(); ++size) {
    const RecordView view = ViewOfRest(common::v1::RECORD_KIND_PROFILE, absl::string_view(rest).substr(0, size));
    EXPECT_FALSE(ForEachProperty(view, [](absl::string_view, const ValueView&) {})) << size;
  }
}

TEST(ValueTextTest, WritesNumbersSoThatTheyReadBack) {
  std::string scratch;
  EXPECT_EQ(AsText(ViewOf(testutil::Number(1)), scratch), "1");
  EXPECT_EQ(AsText(ViewOf(testutil::Number(0.1)), scratch), "0.1");
  EXPECT_EQ(AsText(ViewOf(testutil::Number(-0.0)), scratch), "0");
  EXPECT_EQ(AsText(ViewOf(testutil::Text("x")), scratch), "x");
  EXPECT_EQ(AsText(ViewOf({}), scratch), "");
}

}  // namespace
}  // namespace clientele::features
