// Customers with their three numbers, as datasets and specs that go together.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/support/value_data.h"

namespace clientele::testutil {

struct RfmCustomer {
  std::string id;
  double recency = 0;
  double frequency = 0;
  double monetary = 0;
};

// Recency is counted in calendar days up to `snapshot`, frequency in different `order`s; in the order of ids.
class RfmCustomers {
 public:
  explicit RfmCustomers(absl::CivilDay snapshot) : snapshot_(snapshot) {}

  void Add(const Purchase& purchase, const std::string& order) {
    const auto [found, is_new] = histories_.try_emplace(purchase.customer, History{purchase.day, {}, 0});
    History& history = found->second;
    history.last = std::max(history.last, purchase.day);
    history.orders.insert(order);
    history.spend += purchase.spend;
  }
  std::vector<RfmCustomer> List() const {
    std::vector<RfmCustomer> customers;
    for (const auto& [id, history] : histories_) {
      customers.push_back({id, static_cast<double>(snapshot_ - history.last),
                           static_cast<double>(history.orders.size()), history.spend});
    }
    return customers;
  }

 private:
  struct History {
    absl::CivilDay last;
    std::set<std::string> orders;
    double spend = 0;
  };
  const absl::CivilDay snapshot_;
  std::map<std::string, History> histories_;
};

inline std::vector<RfmCustomer> OnlineRetailCustomers(const CsvTable& table) {
  RfmCustomers customers(absl::CivilDay(2011, 12, 10));
  const int id = table.Column("CustomerID"), date = table.Column("InvoiceDate"), invoice = table.Column("InvoiceNo");
  const int quantity = table.Column("Quantity"), price = table.Column("UnitPrice");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    if (row[id].empty() || absl::StartsWith(row[invoice], "C")) continue;
    if (!(table.Number(i, quantity) > 0 && table.Number(i, price) > 0)) continue;
    customers.Add({row[id], DayOf(row[date]), table.Number(i, quantity) * table.Number(i, price)}, row[invoice]);
  }
  return customers.List();
}

// Every line is a purchase.
inline std::vector<RfmCustomer> CdnowCustomers(const CsvTable& table) {
  RfmCustomers customers(absl::CivilDay(1998, 7, 1));
  size_t line = 0;
  for (const Purchase& purchase : CdnowPurchases(table)) customers.Add(purchase, absl::StrCat(line++));
  return customers.List();
}

inline Table RfmTable(const std::vector<RfmCustomer>& customers) {
  std::vector<float> recency, frequency, monetary;
  for (const RfmCustomer& customer : customers) {
    recency.push_back(static_cast<float>(customer.recency));
    frequency.push_back(static_cast<float>(customer.frequency));
    monetary.push_back(static_cast<float>(customer.monetary));
  }
  Table table(static_cast<int>(customers.size()));
  table.Number("recency_days", recency).Number("purchases", frequency).Number("spend_total", monetary);
  return table;
}

inline model::v1::TrainingSpec RfmSpec() {
  model::v1::TrainingSpec spec;
  spec.set_model("rfm");
  for (const char* feature : {"recency_days", "purchases", "spend_total"})
    spec.mutable_dataset()->add_features(feature);
  spec.mutable_dataset()->mutable_as_of()->set_seconds(1'000'000'000);
  spec.mutable_rfm();
  return spec;
}

}  // namespace clientele::testutil
