#include "services/cli/sample/cohort.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/model/btyd/beta_geometric.h"
#include "services/cli/sample/sample_record.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Record;

constexpr absl::Duration kDay = absl::Hours(24);

absl::Duration Days(double days) { return absl::Microseconds(std::llround(days * 86'400e6)); }

int64_t DayOf(absl::Time time) { return absl::ToUnixSeconds(time) / 86'400; }  // Since 1970.

absl::Time StartOfDay(absl::Time time) { return absl::UnixEpoch() + kDay * DayOf(time); }

// Makes one customer. One use.
class CohortCustomerMaker {
 public:
  CohortCustomerMaker(const CohortOptions& options, int index) : options_(options), draws_(options.seed, index) {
    const double before = 1 + draws_.Uniform() * (options.days - options.holdout_days - 1);  // Days before as_of.
    customer_.truth.customer_id = absl::StrFormat("C%06d", index + 1);
    joined_ = options.as_of() - Days(before);
    if (options.model.whole_units && !options.model.is_subscription()) {
      // On a day from which on units end with as_of: what is over then is what the model has seen.
      joined_ = options.as_of() - (std::floor(absl::FDivDuration(Days(before), unit())) + 1) * unit();
      joined_ += draws_.Uniform() * kDay;
    }
    customer_.truth.joined_at = joined_;
  }

  CohortCustomer Purchases() {
    const CohortModel& model = options_.model;
    const absl::Time first = model.whole_units ? StartOfDay(joined_) : joined_;
    double duration = absl::FDivDuration(options_.end - first, unit());
    if (model.whole_units) duration = std::floor(duration) + 1;  // The last unit may have begun.
    const btyd::SimulatedCustomer drawn = model.simulate(options_.parameters, duration, draws_);
    std::vector<absl::Time> times = {joined_};
    for (const double time : drawn.purchases) {
      times.push_back(first + time * unit() + (model.whole_units ? draws_.Uniform() * unit() : absl::ZeroDuration()));
    }
    const std::vector<double> amounts = Amounts(times.size());
    for (size_t i = 0; i < times.size(); ++i) AddPayment(times[i], static_cast<int>(i), amounts[i]);
    if (std::isfinite(drawn.stopped)) SetStopped(first + drawn.stopped * unit());
    SummarisePurchases(times, amounts);
    return std::move(customer_);
  }

  CohortCustomer Subscription() {
    const auto most = static_cast<int>(absl::FDivDuration(options_.end - joined_, unit()));
    const btyd::SimulatedTenure tenure = btyd::SimulateBetaGeometric(options_.parameters, most, draws_);
    const int renewals = tenure.left ? tenure.periods - 1 : tenure.periods;
    const std::vector<double> amounts = Amounts(renewals + 1);
    AddPayment(joined_, 0, amounts[0]);
    for (int period = 1; period <= tenure.periods; ++period) {
      const bool renewed = period <= renewals;
      AddPeriodEnd(period, renewed);
      if (renewed) AddPayment(EndOf(period), period, amounts[period]);
    }
    if (tenure.left) SetStopped(EndOf(tenure.periods));
    SummariseSubscription(renewals, most, amounts);
    return std::move(customer_);
  }

 private:
  absl::Duration unit() const { return kDay * options_.model.days_per_unit; }
  absl::Time EndOf(int period) const { return joined_ + period * unit(); }
  CohortTruth& truth() { return customer_.truth; }

  std::vector<double> Amounts(size_t payments) {
    return btyd::SimulateSpend(options_.spend, static_cast<int>(payments), draws_);
  }

  void SetStopped(absl::Time time) {
    if (time < options_.end) truth().stopped_at = time;
  }

  // Null at or after the end.
  Record* Add(absl::Time time, absl::string_view label) {
    if (time >= options_.end) return nullptr;
    return &customer_.records.emplace_back(MakeSampleRecord(truth().customer_id, label, time));
  }

  void AddPayment(absl::Time time, int number, double amount) {
    Record* record = Add(time, absl::StrCat("t", number));
    if (record != nullptr) record->mutable_transaction()->set_amount_micros(std::max(std::llround(amount * 1e6), 1LL));
  }

  void AddPeriodEnd(int period, bool renewed) {
    Record* profile = Add(EndOf(period), absl::StrCat("p", period));
    if (profile == nullptr) return;
    auto& attributes = *profile->mutable_profile()->mutable_attributes();
    attributes["periods"].set_number(period);
    attributes["cancelled"].set_flag(!renewed);
    Record& outcome = *Add(EndOf(period), absl::StrCat("o", period));
    outcome.mutable_outcome()->set_outcome(renewed ? "renewed" : "cancelled");
    outcome.mutable_outcome()->set_value(1);
  }

  // Days, or units, with a purchase, counted from the first one's; `times` rise by days.
  void SummarisePurchases(const std::vector<absl::Time>& times, const std::vector<double>& amounts) {
    const CohortModel& model = options_.model;
    const int64_t first = DayOf(joined_), now = DayOf(options_.as_of());
    const int64_t span = model.whole_units ? model.days_per_unit : 1;
    const int64_t over = (now - first) / span;  // Days or units; the one that as_of lies in is not over.
    std::set<int64_t> before, after;
    double spend = 0;
    for (size_t i = 1; i < times.size(); ++i) {
      const int64_t place = (DayOf(times[i]) - first) / span;
      if (times[i] >= options_.end) continue;
      if (DayOf(times[i]) >= now) {
        after.insert(DayOf(times[i]));
        truth().holdout_spend += amounts[i];
      } else if (place > 0 && place < over) {
        before.insert(place);
        spend += amounts[i];
      }
    }
    const double per_unit = model.whole_units ? 1 : model.days_per_unit;
    btyd::PurchaseHistory& history = truth().history;
    history.frequency = static_cast<double>(before.size());
    history.recency = before.empty() ? 0 : static_cast<double>(*before.rbegin()) / per_unit;
    history.age = static_cast<double>(model.whole_units ? over - 1 : over) / per_unit;
    if (!before.empty()) truth().mean_spend = spend / history.frequency;
    truth().holdout_purchases = static_cast<int>(after.size());
  }

  void SummariseSubscription(int renewals, int most, const std::vector<double>& amounts) {
    const auto over = static_cast<int>(absl::FDivDuration(options_.as_of() - joined_, unit()));
    const int before = std::min(renewals, over);
    truth().history = {static_cast<double>(before), static_cast<double>(before), static_cast<double>(over)};
    for (int period = 1; period <= before; ++period) truth().mean_spend += amounts[period] / before;
    for (int period = before + 1; period <= renewals; ++period) truth().holdout_spend += amounts[period];
    truth().holdout_purchases = renewals - before;
    if (truth().stopped_at && *truth().stopped_at <= options_.as_of()) return;
    truth().probability_alive = 1;  // It would have been told.
    const btyd::BetaGeometric retention(options_.parameters);
    for (int period = over + 1; period <= most; ++period) {
      truth().expected_purchases += retention.Survival(over, period - over).value;
    }
  }

  const CohortOptions& options_;
  btyd::Draws draws_;
  absl::Time joined_;
  CohortCustomer customer_;
};

}  // namespace

Cohort::Cohort(CohortOptions options)
    : options_(std::move(options)),
      purchases_(options_.model.is_subscription() ? nullptr : options_.model.make(options_.parameters)),
      spend_(options_.spend) {}

CohortCustomer Cohort::Customer(int index) const {
  CohortCustomerMaker maker(options_, index);
  CohortCustomer customer = purchases_ == nullptr ? maker.Subscription() : maker.Purchases();
  CohortTruth& truth = customer.truth;
  if (purchases_ != nullptr) {
    const double units = static_cast<double>(options_.holdout_days) / options_.model.days_per_unit;
    truth.probability_alive = purchases_->ProbabilityAlive(truth.history).value;
    truth.expected_purchases = truth.probability_alive * purchases_->PurchasesIfAlive(truth.history, units).value;
  }
  truth.expected_spend = spend_.ConditionalMean(truth.history.frequency, truth.mean_spend).value;
  return customer;
}

std::string CohortTruthHeader() {
  return "customer_id,joined_at,stopped_at,frequency,recency,age,mean_spend,probability_alive,expected_purchases,"
         "expected_spend,holdout_purchases,holdout_spend\n";
}

std::string CohortTruthLine(const CohortTruth& truth) {
  const auto written = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
  };
  return absl::StrFormat("%s,%s,%s,%.0f,%.6f,%.6f,%.2f,%.6f,%.6f,%.2f,%d,%.2f\n", truth.customer_id,
                         written(truth.joined_at), truth.stopped_at ? written(*truth.stopped_at) : "",
                         truth.history.frequency, truth.history.recency, truth.history.age, truth.mean_spend,
                         truth.probability_alive, truth.expected_purchases, truth.expected_spend,
                         truth.holdout_purchases, truth.holdout_spend);
}

void CohortTotals::Add(const CohortTruth& truth) {
  ++customers;
  alive += truth.probability_alive;
  expected_purchases += truth.expected_purchases;
  holdout_purchases += truth.holdout_purchases;
  holdout_spend += truth.holdout_spend;
}

}  // namespace clientele::cli
