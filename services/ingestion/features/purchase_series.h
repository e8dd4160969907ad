// The purchases of a dataset's rows through time (common.v1.PurchaseSeries): noted for one customer after another,
// added up day by day for those who are rows, and cut into bins at the end.
//
// A purchase day is a day with a purchase; its spend is that of its purchases, without returns. Everything is a sum of
// integers until it is told, so that it is the same in whatever order shards are added.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/evaluator.h"
#include "services/ingestion/features/local_days.h"

namespace clientele::features {

// Purchases of any number of customers by calendar day. Thread-compatible.
class PurchaseDays {
 public:
  // A day on which a customer buys: the first one or a later one.
  void Add(int32_t day, bool is_first, __int128 spend_micros);
  void Add(const PurchaseDays& other);

  // In bins of `bin_days`, up to the day of `end`, which is not before `as_of`.
  common::v1::PurchaseSeries Series(int bin_days, absl::Time as_of, absl::Time end, absl::TimeZone zone) const;

 private:
  struct Day {
    int64_t first = 0;   // Customers who buy for the first time.
    int64_t repeat = 0;  // And those who buy again.
    __int128 spend_micros = 0;
  };
  std::map<int32_t, Day> days_;  // By days since 1970-01-01.
};

// One customer's purchase days. Begin(), then Add() for every record in the order of event times, then AddTo() where
// the customer is a row. Thread-compatible.
class PurchaseDaysReader {
 public:
  // Sees what the features see, and what comes after as_of up to `end` and had been ingested by `labels_known_at`.
  PurchaseDaysReader(const Instant& instant, absl::Time labels_known_at, absl::Time end);

  void Begin() { purchase_days_.clear(); }
  // False where the record's bytes are damaged.
  bool Add(const storage::StoredRecord& record);
  void AddTo(PurchaseDays& sum) const;

 private:
  struct PurchaseDay {
    int32_t day;
    __int128 spend_micros;
  };

  const int64_t as_of_micros_;
  const int64_t known_at_micros_;
  const int64_t labels_known_at_micros_;
  const int64_t end_micros_;
  LocalDays days_;
  std::vector<PurchaseDay> purchase_days_;  // None where the first one comes after as_of.
};

}  // namespace clientele::features
