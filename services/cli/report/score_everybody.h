// Scores every customer of a tenant with up to four models, page by page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "services/cli/client/inference_client.h"
#include "services/cli/client/ingestion_client.h"
#include "services/cli/report/scored_customer.h"

namespace clientele::cli {

// Resource names; empty where the tenant has no such model.
struct ReportModels {
  std::string segments;  // A clustering
  std::string churn;     // A classifier
  std::string value;     // A value regression, or lifetime value
  std::string survival = {};

  bool any() const { return !segments.empty() || !churn.empty() || !value.empty() || !survival.empty(); }
};

// The models a report is made of: for each purpose the one that was asked for (its id in `wanted`, empty: nobody
// asked), else the one whose id is the purpose's name, else the only one of its algorithm. INVALID_ARGUMENT, with the
// candidates: one that was asked for does not exist or is of another algorithm, or there are several to choose from.
absl::StatusOr<ReportModels> ChooseModels(const std::vector<inference::v1::Model>& models, const ReportModels& wanted);

// Calls `visit` with every customer, in pages of at most 1,000, joined with what the models say. What one model cannot
// score of a customer stays empty, and is counted. Memory: two pages.
struct ScoreCounts {
  int64_t customers = 0;
  int64_t errors = 0;
  std::string first_error;
};
absl::StatusOr<ScoreCounts> ScoreEverybody(
    IngestionClient& ingestion, InferenceClient& inference, const std::string& parent, const ReportModels& models,
    const std::function<absl::Status(const std::vector<ScoredCustomer>&)>& visit);

}  // namespace clientele::cli
