#include "services/training/learners/lifetime_value/likelihoods.h"

#include <algorithm>
#include <limits>

#include "common/model/btyd/simulate.h"
#include "services/training/learners/btyd/bg_bb_likelihood.h"
#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/modified_bg_nbd_likelihood.h"
#include "services/training/learners/btyd/pareto_nbd_likelihood.h"

namespace clientele::training {
namespace {

using model::v1::LifetimeValueParameters;

template <typename T>
std::unique_ptr<const btyd::Likelihood> Make() {
  return std::make_unique<const T>();
}

template <clientele::btyd::SimulatedCustomer (*simulate)(absl::Span<const double>, double, clientele::btyd::Draws&)>
void DrawHistory(absl::Span<const double> parameters, std::array<double, 3>& row, clientele::btyd::Draws& draws) {
  const clientele::btyd::PurchaseHistory history = HistoryAt(simulate(parameters, row[2], draws), row[2]);
  row = {history.frequency, history.recency, history.age};
}

constexpr PurchaseLikelihood kLikelihoods[] = {
    {LifetimeValueParameters::PURCHASE_MODEL_BG_NBD, &Make<btyd::BgNbdLikelihood>, &btyd::GeometricDropoutTraits,
     &DrawHistory<clientele::btyd::SimulateBgNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_MODIFIED_BG_NBD, &Make<btyd::ModifiedBgNbdLikelihood>,
     &btyd::GeometricDropoutTraits, &DrawHistory<clientele::btyd::SimulateModifiedBgNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD, &Make<btyd::ParetoNbdLikelihood>, &btyd::ParetoNbdTraits,
     &DrawHistory<clientele::btyd::SimulateParetoNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_BG_BB, &Make<btyd::BgBbLikelihood>, &btyd::BgBbTraits,
     &DrawHistory<clientele::btyd::SimulateBgBb>},
};

}  // namespace

void DrawSpend(absl::Span<const double> parameters, std::array<double, 3>& row, clientele::btyd::Draws& draws) {
  const int purchases = static_cast<int>(row[0]);
  double sum = 0;
  for (const double amount : clientele::btyd::SimulateSpend(parameters, purchases, draws)) sum += amount;
  row[1] = std::max(sum / purchases, std::numeric_limits<double>::min());
}

const PurchaseLikelihood* FindPurchaseLikelihood(model::PurchaseModelKind kind) {
  for (const PurchaseLikelihood& likelihood : kLikelihoods) {
    if (likelihood.kind == model::OrDefault(kind)) return &likelihood;
  }
  return nullptr;
}

}  // namespace clientele::training
