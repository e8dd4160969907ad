#include "tests/services/training/learners/btyd/purchase_histories.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "tests/services/training/support/public_data.h"

namespace clientele::testutil {
namespace {

constexpr double kDaysPerWeek = 7;

// "2010-12-01 08:26:00".
absl::CivilDay DayOf(absl::string_view text) {
  int year = 0, month = 0, day = 0;
  if (!absl::SimpleAtoi(text.substr(0, 4), &year) || !absl::SimpleAtoi(text.substr(5, 2), &month) ||
      !absl::SimpleAtoi(text.substr(8, 2), &day)) {
    return absl::CivilDay();
  }
  return absl::CivilDay(year, month, day);
}

using SpendByDay = std::map<absl::CivilDay, double>;

PurchaseHistories Histories(const std::map<std::string, SpendByDay>& customers, absl::CivilDay end) {
  PurchaseHistories histories;
  for (const auto& [customer, days] : customers) {
    const absl::CivilDay first = days.begin()->first;
    double spend = 0;
    for (auto day = std::next(days.begin()); day != days.end(); ++day) spend += day->second;
    const double x = static_cast<double>(days.size() - 1);
    histories.x.push_back(x);
    histories.t_x.push_back(static_cast<double>(days.rbegin()->first - first) / kDaysPerWeek);
    histories.T.push_back(static_cast<double>(end - first) / kDaysPerWeek);
    histories.mean_spend.push_back(x > 0 ? spend / x : 0);
  }
  return histories;
}

}  // namespace

PurchaseHistories PurchaseHistories::Spenders() const {
  PurchaseHistories spenders;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0 || mean_spend[i] <= 0) continue;
    spenders.x.push_back(x[i]);
    spenders.mean_spend.push_back(mean_spend[i]);
  }
  return spenders;
}

std::optional<PurchaseHistories> CdnowMaster(absl::string_view end) {
  const std::optional<CsvTable> table = ReadPublicTable("cdnow/cdnow_master_transactions.csv.gz");
  if (!table) return std::nullopt;
  const int customer = table->Column("customer_id"), date = table->Column("date"), spend = table->Column("spend");
  std::map<std::string, SpendByDay> customers;
  for (size_t i = 0; i < table->rows.size(); ++i) {
    const absl::CivilDay day = DayOf(table->rows[i][date]);
    if (day <= DayOf(end)) customers[table->rows[i][customer]][day] += table->Number(i, spend);
  }
  return Histories(customers, DayOf(end));
}

std::optional<PurchaseHistories> OnlineRetail(absl::string_view end) {
  const std::optional<CsvTable> table = ReadPublicTable("online_retail/online_retail.csv.gz");
  if (!table) return std::nullopt;
  const int customer = table->Column("CustomerID"), date = table->Column("InvoiceDate");
  const int invoice = table->Column("InvoiceNo"), quantity = table->Column("Quantity"),
            price = table->Column("UnitPrice");
  std::map<std::string, SpendByDay> customers;
  for (size_t i = 0; i < table->rows.size(); ++i) {
    const std::vector<std::string>& row = table->rows[i];
    if (row[customer].empty() || absl::StartsWith(row[invoice], "C")) continue;
    if (table->Number(i, quantity) <= 0 || table->Number(i, price) <= 0) continue;
    const absl::CivilDay day = DayOf(row[date]);
    if (day <= DayOf(end)) customers[row[customer]][day] += table->Number(i, quantity) * table->Number(i, price);
  }
  return Histories(customers, DayOf(end));
}

std::optional<PurchaseHistories> CdnowSummary() {
  const std::optional<CsvTable> table = ReadPublicTable("cdnow/cdnow_summary_with_spend.csv");
  if (!table) return std::nullopt;
  PurchaseHistories histories;
  for (size_t i = 0; i < table->rows.size(); ++i) {
    histories.x.push_back(table->Number(i, table->Column("x")));
    histories.t_x.push_back(table->Number(i, table->Column("t_x")));
    histories.T.push_back(table->Number(i, table->Column("T")));
    histories.mean_spend.push_back(table->Number(i, table->Column("zbar")));
  }
  return histories;
}

}  // namespace clientele::testutil
