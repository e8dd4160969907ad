#include "common/model/lifetime_value/portfolio.h"

#include "absl/hash/hash.h"

namespace clientele::model {
namespace {

constexpr size_t kMostAhead = size_t{1} << 20;  // About 100 MB; beyond it all start anew.
constexpr size_t kMostGroups = size_t{1} << 14;
constexpr size_t kAlivePlaces = size_t{1} << 14;  // A megabyte or so: what a processor keeps close.

}  // namespace

PortfolioScorer::PortfolioScorer(const LifetimeModel& model, const ValueTerms& terms)
    : model_(model), terms_(terms), alive_(kAlivePlaces) {}

PortfolioScorer::Group& PortfolioScorer::GroupOf(absl::Span<const double> columns) {
  const FittedParameters& parameters = model_.purchase_parameters();
  if (!parameters.has_covariates() && last_ != nullptr) return *last_;
  if (groups_.size() >= kMostGroups) groups_.clear();
  Group& group = groups_[parameters.Shift(columns)];
  if (group.purchases == nullptr) {
    group.purchases = model_.PurchasesOf(columns);
    group.number = groups_so_far_++;
  }
  last_ = &group;
  return group;
}

const btyd::Estimate& PortfolioScorer::AliveOf(const Group& group, const btyd::PurchaseHistory& history) {
  const std::array<double, 4> key = {history.frequency, history.recency, history.age, group.number};
  Alive& place = alive_[absl::HashOf(key) % kAlivePlaces];
  if (place.history != key) place = {key, group.purchases->ProbabilityAlive(history)};
  return place.estimate;
}

LifetimeParts PortfolioScorer::PartsOf(const LifetimeCustomer& customer, absl::Span<const double> columns) {
  Group& group = GroupOf(columns);
  const std::array<double, 2> key = {customer.history.frequency, customer.history.age};
  auto ahead = group.ahead.find(key);
  if (ahead == group.ahead.end()) {
    if (group.ahead.size() >= kMostAhead) group.ahead.clear();
    ahead = group.ahead.emplace(key, PurchasesAheadIfAlive(*group.purchases, customer.history, terms_)).first;
  }
  return {AliveOf(group, customer.history), ahead->second,
          model_.SpendAt(customer.history.frequency, customer.mean_spend, model_.spend_parameters().Shift(columns))};
}

}  // namespace clientele::model
