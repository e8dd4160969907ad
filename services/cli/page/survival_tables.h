// The tables of a survival model: the numbers behind its pictures. `unit`: of the durations, "months".
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// Each group's median and mean.
Table GroupTable(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit);
Table LogRankTable(const model::v1::SurvivalEvaluation::LogRank& log_rank);
// Whether the model says anything at all: likelihood ratio, Wald, score.
Table GlobalTestTable(const model::v1::SurvivalEvaluation& evaluation);
Table ProportionalityTable(const model::v1::SurvivalEvaluation& evaluation);
Table SurvivalCalibrationTable(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit);
Table RetentionTable(const model::v1::SurvivalEvaluation& evaluation);

}  // namespace clientele::cli
