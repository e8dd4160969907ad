// Records with every field of every kind, at random; as standardised ones are, without times as text.
#pragma once

#include <random>
#include <string>

#include "clientele/ingestion/v1/record.pb.h"

namespace clientele::testutil {

using Random = std::mt19937_64;

inline std::string RandomText(Random& random) { return std::string(random() % 20, static_cast<char>('a' + random() % 26)); }

inline common::v1::Value RandomValue(Random& random) {
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

inline void FillTransaction(Random& random, ingestion::v1::Transaction& transaction) {
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

inline ingestion::v1::Record RandomRecord(Random& random) {
  ingestion::v1::Record record;
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

}  // namespace clientele::testutil
