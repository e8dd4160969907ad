// Random histories that touch every field, with ties, late records and records after any instant of interest.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/services/ingestion/features/reference_features.h"

namespace clientele::testutil {

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed) {}

  // Event times lie within three years before and half a year after `as_of`, some exactly on borders of windows.
  std::vector<PastRecord> Make(absl::Time as_of) {
    std::vector<PastRecord> history(random_() % 60);
    for (PastRecord& past : history) {
      const bool on_border = random_() % 8 == 0;
      past.event = on_border ? as_of - absl::Hours(24) * Pick<int>({0, 30, 60, 90, 180, 365, 730})
                             : as_of - absl::Seconds(static_cast<int64_t>(random_() % 94'608'000) - 15'768'000);
      past.ingest = past.event + absl::Minutes(static_cast<int64_t>(random_() % 4 == 0 ? random_() % 100'000 : 0));
      past.record = Record();
    }
    std::stable_sort(history.begin(), history.end(),
                     [](const PastRecord& a, const PastRecord& b) { return a.event < b.event; });
    return history;
  }

 private:
  template <typename T>
  T Pick(std::vector<T> values) {
    return values[random_() % values.size()];
  }
  std::string Word() { return Pick<std::string>({"", "a", "b", "tea", "coffee", "web", "store", "app"}); }

  common::v1::Value AnyValue() {
    common::v1::Value value;
    switch (random_() % 4) {
      case 0: value.set_number(Pick<double>({-1, 0.5, 3, 7})); break;
      case 1: value.set_text(Word()); break;
      case 2: value.set_flag(random_() % 2); break;
      default: value.mutable_time()->set_seconds(static_cast<int64_t>(random_() % 1'500'000'000)); break;
    }
    return value;
  }

  ingestion::v1::Record Record() {
    ingestion::v1::Record record;
    switch (random_() % 7) {
      case 0: (*record.mutable_profile()->mutable_attributes())[Pick<std::string>({"plan", "age"})] = AnyValue(); break;
      case 1: record = Return(static_cast<double>(random_() % 5'000) / 100); break;
      case 2:
      case 3:
        record = Purchase(static_cast<double>(random_() % 50'000) / 100, random_() % 3 == 0 ? Name() : Word(), Word(),
                          Word());
        record.mutable_transaction()->set_quantity(static_cast<double>(random_() % 4));
        record.mutable_transaction()->set_order_id(Word());
        if (random_() % 2) (*record.mutable_transaction()->mutable_properties())["size"] = AnyValue();
        break;
      case 4:
        record = Interaction(
            Pick<std::string>({"login", "page_view", "email_sent", "email_open", "email_click", "campaign_contact",
                               "support_ticket", "complaint", "competitor_mention", "other"}));
        record.mutable_interaction()->set_sentiment(static_cast<ingestion::v1::Interaction::Sentiment>(random_() % 4));
        record.mutable_interaction()->set_duration_seconds(static_cast<double>(random_() % 3) * 10.5);
        break;
      case 5:
        record.mutable_feedback()->set_issue(Word());
        if (random_() % 3) record.mutable_feedback()->set_score(static_cast<double>(random_() % 6));
        record.mutable_feedback()->set_score_max(Pick<double>({0, 5}));
        break;
      default:
        if (random_() % 2) {
          record.mutable_message()->set_direction(static_cast<ingestion::v1::Message::Direction>(random_() % 3));
        } else {
          record = OutcomeOf(Pick<std::string>({"renewed", "churned"}), static_cast<double>(random_() % 9));
        }
    }
    return record;
  }
  std::string Name() { return absl::StrCat("product-", random_() % 40); }

  std::mt19937_64 random_;
};

// Of customers "customer-0", "customer-1", ...
using Histories = std::map<std::string, std::vector<PastRecord>>;

// `count` of them with random histories, which are put into the store too.
inline Histories AddRandomCustomers(int count, uint64_t seed, absl::Time as_of, MemoryRecordStore& store) {
  RandomHistory random(seed);
  Histories histories;
  for (int i = 0; i < count; ++i) {
    const std::string id = absl::StrCat("customer-", i);
    histories[id] = random.Make(as_of);
    for (const PastRecord& past : histories[id]) store.Add(id, past.event, past.record, past.ingest);
  }
  return histories;
}

}  // namespace clientele::testutil
