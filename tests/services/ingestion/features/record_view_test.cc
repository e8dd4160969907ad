#include "services/ingestion/features/record_view.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "clientele/ingestion/v1/record.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "services/ingestion/features/record_fields.h"
#include "tests/services/ingestion/features/memory_record_store.h"

namespace clientele::features {
namespace {

using ingestion::v1::Record;
using Random = std::mt19937_64;

std::string RandomText(Random& random) { return std::string(random() % 20, static_cast<char>('a' + random() % 26)); }

common::v1::Value RandomValue(Random& random) {
  common::v1::Value value;
  switch (random() % 5) {
    case 0: value.set_number(static_cast<double>(random()) / 7); break;
    case 1: value.set_text(RandomText(random)); break;
    case 2: value.set_flag(random() % 2); break;
    case 3:
      value.mutable_time()->set_seconds(static_cast<int64_t>(random() % 2'000'000'000) - 1'000'000'000);
      value.mutable_time()->set_nanos(static_cast<int32_t>(random() % 1'000'000'000));
      break;
    default: break;
  }
  return value;
}

template <typename Map>
void FillProperties(Random& random, Map* properties) {
  for (uint64_t i = random() % 4; i > 0; --i) (*properties)[RandomText(random)] = RandomValue(random);
}

void FillTransaction(Random& random, ingestion::v1::Transaction& transaction) {
  transaction.set_amount_micros(static_cast<int64_t>(random()));
  transaction.set_currency_code("EUR");
  transaction.set_product(RandomText(random));
  transaction.set_category(RandomText(random));
  transaction.set_channel(RandomText(random));
  transaction.set_quantity(static_cast<double>(random() % 10) - 5);
  transaction.set_is_return(random() % 2);
  transaction.set_order_id(RandomText(random));
  transaction.set_base_amount_micros(static_cast<int64_t>(random()));
  FillProperties(random, transaction.mutable_properties());
}

Record RandomRecord(Random& random) {
  Record record;
  record.set_source(RandomText(random));
  record.set_record_id(RandomText(random));
  record.set_customer_id(RandomText(random));
  record.mutable_event_time()->set_seconds(static_cast<int64_t>(random() % 2'000'000'000));
  for (uint64_t i = random() % 3; i > 0; --i) (*record.mutable_originals())[RandomText(random)] = RandomText(random);
  switch (random() % 7) {
    case 0: FillProperties(random, record.mutable_profile()->mutable_attributes()); break;
    case 1: FillTransaction(random, *record.mutable_transaction()); break;
    case 2: {
      auto& interaction = *record.mutable_interaction();
      interaction.set_type(RandomText(random));
      interaction.set_channel(RandomText(random));
      interaction.set_duration_seconds(static_cast<double>(random() % 100));
      interaction.set_sentiment(static_cast<ingestion::v1::Interaction::Sentiment>(random() % 4));
      FillProperties(random, interaction.mutable_properties());
      break;
    }
    case 3: {
      auto& feedback = *record.mutable_feedback();
      if (random() % 2) feedback.set_score(static_cast<double>(random() % 10));
      feedback.set_score_max(static_cast<double>(random() % 11));
      feedback.set_issue(RandomText(random));
      feedback.set_text(RandomText(random));
      feedback.set_channel(RandomText(random));
      break;
    }
    case 4: {
      auto& message = *record.mutable_message();
      message.set_channel(RandomText(random));
      message.set_direction(static_cast<ingestion::v1::Message::Direction>(random() % 3));
      message.set_text(RandomText(random));
      break;
    }
    case 5:
      record.mutable_outcome()->set_outcome(RandomText(random));
      record.mutable_outcome()->set_value(static_cast<double>(random() % 100));
      break;
    default: break;
  }
  return record;
}

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

// NaN is equal to itself here: damaged bytes hold any pattern.
void ExpectSameNumber(double a, double b) { EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << a << " " << b; }

void ExpectSame(const RecordView& view, const Record& record) {
  ASSERT_EQ(view.kind, testutil::KindOf(record));
  EXPECT_EQ(view.product, record.transaction().product());
  EXPECT_EQ(view.category, record.transaction().category());
  EXPECT_EQ(view.order, record.transaction().order_id());
  EXPECT_EQ(view.base_amount_micros, record.transaction().base_amount_micros());
  ExpectSameNumber(view.quantity, record.transaction().quantity());
  EXPECT_EQ(view.is_return, record.transaction().is_return());
  EXPECT_EQ(view.channel, record.has_transaction()   ? record.transaction().channel()
                          : record.has_interaction() ? record.interaction().channel()
                          : record.has_feedback()    ? record.feedback().channel()
                                                     : record.message().channel());
  EXPECT_EQ(view.type, record.has_outcome() ? record.outcome().outcome() : record.interaction().type());
  ExpectSameNumber(view.duration_seconds, record.interaction().duration_seconds());
  EXPECT_EQ(view.sentiment, record.interaction().sentiment());
  EXPECT_EQ(view.has_score, record.feedback().has_score());
  ExpectSameNumber(view.score, record.feedback().score());
  ExpectSameNumber(view.score_max, record.feedback().score_max());
  EXPECT_EQ(view.issue, record.feedback().issue());
  EXPECT_EQ(view.direction, record.message().direction());
  ExpectSameNumber(view.value, record.outcome().value());
  const Properties expected = record.has_profile()       ? PropertiesOfMap(record.profile().attributes())
                              : record.has_transaction() ? PropertiesOfMap(record.transaction().properties())
                                                         : PropertiesOfMap(record.interaction().properties());
  EXPECT_EQ(PropertiesOf(view), expected);
}

TEST(RecordViewTest, ReadsWhatTheGeneratedParserReads) {
  Random random(1);
  for (int i = 0; i < 5'000; ++i) {
    const Record record = RandomRecord(random);
    const std::string wire = record.SerializeAsString();
    RecordView view;
    ASSERT_TRUE(ReadRecord(wire, view));
    ExpectSame(view, record);
  }
}

TEST(RecordViewTest, MergesPiecesAndReplacesKindsAsTheGeneratedParserDoes) {
  Random random(2);
  for (int i = 0; i < 3'000; ++i) {
    std::string wire;
    for (uint64_t pieces = 1 + random() % 4; pieces > 0; --pieces) wire += RandomRecord(random).SerializeAsString();
    Record record;
    ASSERT_TRUE(record.ParseFromString(wire));
    RecordView view;
    ASSERT_TRUE(ReadRecord(wire, view));
    ExpectSame(view, record);
  }
}

TEST(RecordViewTest, NeverCrashesOnDamagedBytesAndAcceptsWhateverTheGeneratedParserAccepts) {
  const google::protobuf::LogSilencer silence;  // Of what protobuf says about bytes that are not UTF-8.
  Random random(3);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string wire = RandomRecord(random).SerializeAsString();
    for (uint64_t changes = 1 + random() % 3; changes > 0 && !wire.empty(); --changes) {
      switch (random() % 3) {
        case 0: wire[random() % wire.size()] = static_cast<char>(random()); break;
        case 1: wire.resize(random() % wire.size()); break;
        default: wire.insert(random() % wire.size(), 1, static_cast<char>(random())); break;
      }
    }
    // At the end of a page of its own size, so that an address sanitizer sees any step beyond.
    const std::vector<char> exact(wire.begin(), wire.end());
    RecordView view;
    const bool read = ReadRecord(absl::string_view(exact.data(), exact.size()), view);
    if (read) ForEachProperty(view, [](absl::string_view, const ValueView&) {});
    Record record;
    if (!record.ParseFromString(wire)) continue;
    ++accepted;
    ASSERT_TRUE(read);
    ExpectSame(view, record);
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(RecordViewTest, SkipsUnknownFieldsOfEveryWireType) {
  Record record = testutil::Purchase(1.5, "tea");
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
  const std::string wire = unknown + record.SerializeAsString() + unknown;
  RecordView view;
  ASSERT_TRUE(ReadRecord(wire, view));
  ExpectSame(view, record);
}

TEST(RecordViewTest, RefusesWhatEndsTooEarly) {
  const std::string wire = testutil::Purchase(1.5, "tea").SerializeAsString();
  RecordView view;
  for (size_t size = 1; size < wire.size(); ++size) {
    EXPECT_FALSE(ReadRecord(absl::string_view(wire).substr(0, size), view)) << size;
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
