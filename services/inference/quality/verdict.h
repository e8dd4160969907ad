// Whether a quarter came to what was asked of it. Pure.
#pragma once

#include "clientele/inference/v1/quality_service.pb.h"

namespace clientele::inference {

// Sets gains, whether level and gain are met, verdict and text of `quarter` from its holdout and that of the quarter
// `before` (null: there is none). `target` is complete.
void JudgeQuarter(const v1::QualityTarget& target, bool lower_is_better, const v1::QualityQuarter* before,
                  v1::QualityQuarter& quarter);

}  // namespace clientele::inference
