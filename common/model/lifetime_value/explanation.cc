#include "common/model/lifetime_value/explanation.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "common/model/lifetime_value/shapley.h"

namespace clientele::model {
namespace {

using btyd::PurchaseHistory;

// The players, by their bits.
enum Player { kRecency, kFrequency, kAge, kSpend, kCovariates, kPlayers };

// A frequency that a coalition's customer has, and how much it counts.
struct WeighedFrequency {
  double frequency = 0;
  double weight = 1;
};

// A number of the average customer, or the customer's own.
using Choice = std::array<double, 2>;

// Every number of which coalitions' values are products, looked up by who brings what. Frequencies: the customer's own is
// the first, those around the average follow.
class CoalitionValues {
 public:
  CoalitionValues(const LifetimeModel& model, const AverageCustomer& average, const LifetimeCustomer& customer,
                  absl::Span<const double> columns, const ValueTerms& terms)
      : margin_(terms.margin),
        frequencies_{{{customer.history.frequency, 1},
                      {std::floor(average.history.frequency), 1},
                      {std::ceil(average.history.frequency), 0}}} {
    frequencies_[2].weight = average.history.frequency - frequencies_[1].frequency;
    frequencies_[1].weight = 1 - frequencies_[2].weight;
    const Choice recencies = {average.history.recency, customer.history.recency};
    const Choice ages = {average.history.age, customer.history.age};
    const Choice spends = {average.mean_spend, customer.mean_spend};
    for (int covariates = 0; covariates < 2; ++covariates) {
      const absl::Span<const double> at = covariates == 0 ? absl::MakeSpan(average.columns) : columns;
      const auto purchases = model.PurchasesOf(at);
      const Direction spend_shift = model.spend_parameters().Shift(at);
      for (int f = 0; f < kFrequencies; ++f) {
        if (frequencies_[f].weight == 0) continue;
        for (int own = 0; own < 2; ++own) {
          spends_[covariates][f][own] = model.SpendAt(frequencies_[f].frequency, spends[own], spend_shift).value;
        }
        Fill(model, *purchases, recencies, ages, terms, f, covariates);
      }
      if (covariates == 0 && !model.has_covariates()) {
        CopyToOwnCovariates();
        return;
      }
    }
  }

  // `members`: a bit a player.
  double Of(uint32_t members) const {
    const auto has = [members](Player player) { return static_cast<int>(members >> player & 1); };
    const int covariates = has(kCovariates);
    const int first = has(kFrequency) ? 0 : 1, end = has(kFrequency) ? 1 : kFrequencies;
    double value = 0;
    for (int f = first; f < end; ++f) {
      if (frequencies_[f].weight == 0) continue;
      value += frequencies_[f].weight * (alive_[covariates][f][has(kAge)][has(kRecency)] *
                                         ahead_[covariates][f][has(kAge)] * spends_[covariates][f][has(kSpend)] * margin_);
    }
    return value;
  }

 private:
  static constexpr int kFrequencies = 3;

  // A coalition may put together what does not go together: it gets the nearest history that does.
  void Fill(const LifetimeModel& model, const btyd::PurchaseModel& purchases, const Choice& recencies, const Choice& ages,
            const ValueTerms& terms, int f, int covariates) {
    for (int own_age = 0; own_age < 2; ++own_age) {
      for (int own_recency = 0; own_recency < 2; ++own_recency) {
        bool corrected = false;
        const PurchaseHistory history = Plausible({frequencies_[f].frequency, recencies[own_recency], ages[own_age]},
                                                  model.history_columns().whole_units, corrected);
        alive_[covariates][f][own_age][own_recency] = purchases.ProbabilityAlive(history).value;
        if (own_recency == 0) {
          ahead_[covariates][f][own_age] = DiscountedAheadIfAlive(purchases, history, terms);
        }
      }
    }
  }

  void CopyToOwnCovariates() {
    alive_[1] = alive_[0];
    ahead_[1] = ahead_[0];
    spends_[1] = spends_[0];
  }

  double margin_;
  std::array<WeighedFrequency, kFrequencies> frequencies_;
  std::array<std::array<std::array<std::array<double, 2>, 2>, kFrequencies>, 2> alive_ = {};
  std::array<std::array<std::array<double, 2>, kFrequencies>, 2> ahead_ = {};
  std::array<std::array<std::array<double, 2>, kFrequencies>, 2> spends_ = {};
};

// The customer's value, to first order in each covariate, [d]: value x slope of its logarithm x what the covariate moves.
std::vector<double> FirstOrder(const LifetimeModel& model, const AverageCustomer& average, const LifetimeParts& parts,
                               absl::Span<const double> columns, double value) {
  std::vector<double> effects(columns.size(), 0);
  const auto add = [&](const FittedParameters& parameters, const Direction& slopes) {
    for (const FittedParameters::Covariate& covariate : parameters.covariates()) {
      double slope = 0;
      for (int j = 0; j < parameters.size(); ++j) slope += covariate.direction[j] * slopes[j];
      effects[covariate.column] +=
          value * slope * covariate.coefficient * (columns[covariate.column] - average.columns[covariate.column]);
    }
  };
  Direction purchases = {}, spend = {};
  for (int j = 0; j < btyd::kMostParameters; ++j) {
    if (parts.alive.value > 0) purchases[j] += parts.alive.slopes[j] / parts.alive.value;
    if (parts.ahead.discounted.value > 0) purchases[j] += parts.ahead.discounted.slopes[j] / parts.ahead.discounted.value;
    if (parts.spend.value > 0) spend[j] += parts.spend.slopes[j] / parts.spend.value;
  }
  add(model.purchase_parameters(), purchases);
  add(model.spend_parameters(), spend);
  return effects;
}

// Gives `share`, what all covariates are responsible for, to their features. `first` is the column of one of them.
void AddCovariates(absl::Span<const double> effects, double share, int first, absl::Span<const int> features,
                   absl::Span<double> contributions) {
  double sum = 0, size = 0;
  for (const double effect : effects) {
    sum += effect;
    size += std::abs(effect);
  }
  if (size == 0) {  // To first order they do nothing here, as where a value is 0: the first stands for all.
    contributions[features[first]] += share;
    return;
  }
  for (size_t column = 0; column < effects.size(); ++column) {
    contributions[features[column]] += effects[column] + (share - sum) * std::abs(effects[column]) / size;
  }
}

}  // namespace

double ValueOfAverage(const LifetimeModel& model, const AverageCustomer& average, const ValueTerms& terms) {
  LifetimeCustomer customer;
  bool corrected = false;
  customer.history = Plausible(average.history, model.history_columns().whole_units, corrected);
  customer.mean_spend = average.mean_spend;
  return CoalitionValues(model, average, customer, average.columns, terms).Of(0);
}

void ExplainLifetimeValue(const LifetimeModel& model, const AverageCustomer& average, const LifetimeCustomer& customer,
                          absl::Span<const double> columns, const ValueTerms& terms, const PlayerFeatures& features,
                          absl::Span<double> contributions) {
  const CoalitionValues values(model, average, customer, columns, terms);
  const int players = model.has_covariates() ? kPlayers : kPlayers - 1;
  std::array<double, 1 << kPlayers> coalitions = {};
  for (uint32_t members = 0; members < uint32_t{1} << players; ++members) coalitions[members] = values.Of(members);
  std::array<double, kPlayers> shares = {};
  ShapleyValues(absl::MakeSpan(coalitions.data(), size_t{1} << players), absl::MakeSpan(shares.data(), players));
  contributions[features.recency] += shares[kRecency];
  contributions[features.frequency] += shares[kFrequency];
  contributions[features.age] += shares[kAge];
  contributions[features.monetary] += shares[kSpend];
  if (!model.has_covariates()) return;
  const LifetimeParts parts = model.PartsOf(customer, columns, terms);
  const auto& moving = model.purchase_parameters().has_covariates() ? model.purchase_parameters() : model.spend_parameters();
  AddCovariates(FirstOrder(model, average, parts, columns, coalitions[(1 << kPlayers) - 1]), shares[kCovariates],
                moving.covariates().front().column, features.of_column, contributions);
}

}  // namespace clientele::model
