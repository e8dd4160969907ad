#include "common/model/lifetime_value/purchase_models.h"

#include "common/model/btyd/bg_bb.h"
#include "common/model/btyd/bg_nbd.h"
#include "common/model/btyd/gamma_gamma.h"
#include "common/model/btyd/modified_bg_nbd.h"
#include "common/model/btyd/pareto_nbd.h"

namespace clientele::model {
namespace {

using v1::LifetimeValueParameters;

template <typename Model>
std::shared_ptr<const btyd::PurchaseModel> Make(const Parameters& parameters) {
  return std::make_shared<const Model>(absl::MakeConstSpan(parameters));
}

constexpr PurchaseModelSpec kPurchaseModels[] = {
    {LifetimeValueParameters::PURCHASE_MODEL_BG_NBD, {0, -1, 0, 0}, {0, 0, 1, 0}, &Make<btyd::BgNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_MODIFIED_BG_NBD, {0, -1, 0, 0}, {0, 0, 1, 0}, &Make<btyd::ModifiedBgNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD, {0, -1, 0, 0}, {0, 0, 0, -1}, &Make<btyd::ParetoNbd>},
    {LifetimeValueParameters::PURCHASE_MODEL_BG_BB, {1, 0, 0, 0}, {0, 0, 1, 0}, &Make<btyd::BgBb>},
};

}  // namespace

PurchaseModelKind OrDefault(PurchaseModelKind kind) {
  return kind == LifetimeValueParameters::PURCHASE_MODEL_UNSPECIFIED ? LifetimeValueParameters::PURCHASE_MODEL_BG_NBD : kind;
}

const PurchaseModelSpec* FindPurchaseModel(PurchaseModelKind kind) {
  for (const PurchaseModelSpec& spec : kPurchaseModels) {
    if (spec.kind == OrDefault(kind)) return &spec;
  }
  return nullptr;
}

btyd::Estimate SpendPerPurchase(const Parameters& parameters, double frequency, double mean_spend) {
  return btyd::GammaGamma(parameters).ConditionalMean(frequency, mean_spend);
}

}  // namespace clientele::model
