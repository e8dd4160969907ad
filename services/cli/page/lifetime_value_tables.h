// The tables of a lifetime value model: the numbers behind its pictures.
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

Table ConditionalTable(const model::v1::LifetimeValueEvaluation& evaluation);
Table CohortTable(const model::v1::LifetimeValueEvaluation& evaluation);
Table TierTable(const model::v1::LifetimeValueEvaluation::Portfolio& portfolio);

// What a parameter of the purchase model means.
using PurchaseModel = model::v1::LifetimeValueParameters::PurchaseModel;
Table PurchaseParameterTable(PurchaseModel purchase_model, const model::v1::FittedDistribution& fit);
Table SpendParameterTable(const model::v1::FittedDistribution& fit);
Table CovariateTable(const model::v1::FittedDistribution& fit);

}  // namespace clientele::cli
