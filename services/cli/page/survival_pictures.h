// The pictures of a survival model. `unit`: of the durations, "months". Pure, like those of pictures.h.
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/page/picture.h"

namespace clientele::cli {

// What was seen: Kaplan-Meier curves of the groups, or of all where there are none.
Picture KaplanMeierPicture(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit);
// The model's curves for the average customer, each beside what was seen of its group. `smooth`: no steps.
Picture ModelCurvesPicture(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit, bool smooth);
Picture SurvivalCalibrationPicture(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit);
// Rates from period to period.
Picture RetentionPicture(const model::v1::SurvivalEvaluation& evaluation, absl::string_view unit);

}  // namespace clientele::cli
