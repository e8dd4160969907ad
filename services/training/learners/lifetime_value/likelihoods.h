// The likelihoods of the models of purchases, by their name in the proto.
#pragma once

#include <array>
#include <memory>

#include "absl/types/span.h"
#include "common/model/lifetime_value/purchase_models.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"
#include "services/training/learners/lifetime_value/bootstrap.h"

namespace clientele::training {

struct PurchaseLikelihood {
  model::PurchaseModelKind kind;
  std::unique_ptr<const btyd::Likelihood> (*make)();
  btyd::ModelTraits (*traits)(const btyd::LikelihoodRows& rows, absl::Span<const double> weights);
  DrawRow draw;  // A history of the row's age.
};

// The mean spend of the row's x purchases under Gamma-Gamma.
void DrawSpend(absl::Span<const double> parameters, std::array<double, 3>& row, clientele::btyd::Draws& draws);

// UNSPECIFIED is BG_NBD. Null: there is no such kind.
const PurchaseLikelihood* FindPurchaseLikelihood(model::PurchaseModelKind kind);

}  // namespace clientele::training
