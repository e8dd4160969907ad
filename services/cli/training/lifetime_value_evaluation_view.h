// How a model of purchases and spend stands beside what customers did, for people.
#pragma once

#include <string>

#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/console.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// Rows of EvaluationTable: measure, value, meaning.
void AddLifetimeValueMeasures(const model::v1::LifetimeValueEvaluation& evaluation, Table& measures);
// Where the label is not money: "1,742.6 purchases expected, 1,882 came". Empty without a holdout.
std::string LifetimeValueLine(const model::v1::LifetimeValueEvaluation& evaluation);
// Purchases by frequency, tiers, parameters with what is to be known of the fit.
void ShowLifetimeValue(const model::v1::LifetimeValueEvaluation& evaluation, Console& console);

}  // namespace clientele::cli
