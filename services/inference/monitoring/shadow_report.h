// How the scores of a shadow compare with those that were served, from the pairs. Pure functions.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "common/base/resource_name.h"
#include "common/storage/score_log.h"

namespace clientele::inference {

// Whether two scores of a pair agree: classifiers, segments and classes by their decision, values by the tenth.
enum class Agreement { kByDecision, kByTenth };

// One a (served version, shadow version), the newest last pair first. `agreement` of a served version's model. Tenths
// are of the pairs' own scores, served and shadow each by themselves; equal scores share the tenth of their mean
// rank.
v1::ShadowReport MakeShadowReport(const ModelName& name, const std::vector<storage::ShadowPair>& pairs,
                                  Agreement agreement, int max_rows);

// 0 to 9, lowest first.
std::vector<int> TenthsOf(absl::Span<const double> scores);

}  // namespace clientele::inference
