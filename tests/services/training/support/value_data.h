// The lifetime-value tables of the reference: features up to a day, spend after it.
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "absl/strings/numbers.h"
#include "tests/services/training/support/classification_data.h"

namespace clientele::testutil {

struct Purchase {
  std::string customer;
  absl::CivilDay day;
  double spend = 0;
};

inline absl::CivilDay DayOf(const std::string& text) {
  int year = 0, month = 0, day = 0;
  (void)absl::SimpleAtoi(text.substr(0, 4), &year);
  (void)absl::SimpleAtoi(text.substr(5, 2), &month);
  (void)absl::SimpleAtoi(text.substr(8, 2), &day);
  return absl::CivilDay(year, month, day);
}

inline std::vector<Purchase> CdnowPurchases(const CsvTable& table) {
  std::vector<Purchase> purchases;
  const int id = table.Column("customer_id"), date = table.Column("date"), spend = table.Column("spend");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    purchases.push_back({table.rows[i][id], DayOf(table.rows[i][date]), table.Number(i, spend)});
  }
  return purchases;
}

inline std::vector<Purchase> OnlineRetailPurchases(const CsvTable& table) {
  std::vector<Purchase> purchases;
  const int id = table.Column("CustomerID"), date = table.Column("InvoiceDate"), invoice = table.Column("InvoiceNo");
  const int quantity = table.Column("Quantity"), price = table.Column("UnitPrice");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    if (row[id].empty() || absl::StartsWith(row[invoice], "C")) continue;
    if (!(table.Number(i, quantity) > 0 && table.Number(i, price) > 0)) continue;
    purchases.push_back({row[id], DayOf(row[date]), table.Number(i, quantity) * table.Number(i, price)});
  }
  return purchases;
}

// log1p(purchase days), log1p(spend), days since the last purchase day, days since the first; standardised on the
// training rows. The label is the spend after `until`. Customers in the order of their ids.
inline EncodedTable ValueTable(const std::vector<Purchase>& purchases, absl::CivilDay until, absl::CivilDay last) {
  struct History {
    std::set<absl::CivilDay> days;
    double spend = 0;
    double later = 0;
  };
  std::map<std::string, History> histories;
  for (const Purchase& purchase : purchases) {
    if (purchase.day > until) continue;
    histories[purchase.customer].days.insert(purchase.day);
    histories[purchase.customer].spend += purchase.spend;
  }
  for (const Purchase& purchase : purchases) {
    const auto found = histories.find(purchase.customer);
    if (found == histories.end() || purchase.day <= until || purchase.day > last) continue;
    found->second.later += purchase.spend;
  }
  EncodedTable table;
  size_t i = 0;
  for (const auto& [customer, history] : histories) {
    const std::vector<double> row = {std::log1p(static_cast<double>(history.days.size())), std::log1p(history.spend),
                                     static_cast<double>(until - *history.days.rbegin()),
                                     static_cast<double>(until - *history.days.begin())};
    const bool training = IsTrainingRow(i++);
    (training ? table.train : table.test).push_back(row);
    (training ? table.train_labels : table.test_labels).push_back(history.later);
  }
  for (int column = 0; column < 4; ++column) table.Standardise(column);
  return table;
}

}  // namespace clientele::testutil
