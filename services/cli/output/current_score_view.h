// Current scores and what rescoring does, as people read them.
#pragma once

#include <string>
#include <vector>

#include "clientele/inference/v1/current_score_service.pb.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// One a row.
Table CurrentScoresTable(const std::vector<inference::v1::CurrentScore>& scores);
// "churn C000017: middle -> high, 0.12 -> 0.62 (+0.5); Days since last purchase 212 (average 48) raises it".
std::string ChangeText(const inference::v1::CurrentScore& score);

Table RescoreSchedulesTable(const std::vector<inference::v1::RescoreSchedule>& schedules);
Table RescoreJobsTable(const std::vector<inference::v1::RescoreJob>& jobs);
// "12,000 customers, 24,000 scores, 3 left out, 0 errors, 120 in another tier or segment".
std::string CountsText(const inference::v1::RescoreJob::Counts& counts);

}  // namespace clientele::cli
