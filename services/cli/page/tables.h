// The tables of a training report: the numbers behind the pictures.
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/table.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

// A linear predictor's, strongest first; then its intercept.
Table CoefficientTable(const Coefficients& coefficients, absl::string_view part);
Table DecileTable(const model::v1::ClassifierEvaluation& evaluation);
Table DecileTable(const model::v1::ValueEvaluation& evaluation);
// The model and the simple rules beside it.
Table BaselineTable(const model::v1::ValueEvaluation& evaluation);
Table ClassTable(const model::v1::MulticlassEvaluation& evaluation);
// What sets each cluster apart, and who is in it.
Table RuleTable(const model::v1::ClusterEvaluation& evaluation);

}  // namespace clientele::cli
