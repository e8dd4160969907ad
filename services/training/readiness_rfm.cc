#include "services/training/readiness_rfm.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/learners/rfm/parameters.h"
#include "services/training/readiness_features.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::RfmParameters;
using v1::DataIssue;

// Rows that have all of these numbers.
int64_t CountComplete(const Dataset& dataset, const std::vector<int>& columns) {
  int64_t complete = 0;
  for (const dataset::Shard& shard : dataset.shards) {
    for (int64_t row = 0; row < shard.rows; ++row) {
      const float* numbers = shard.numbers.data() + row * dataset.number_columns;
      complete += std::none_of(columns.begin(), columns.end(), [&](int column) { return std::isnan(numbers[column]); });
    }
  }
  return complete;
}

}  // namespace

absl::StatusOr<std::vector<DataIssue>> CheckRfmFeatures(const Dataset& dataset, const RfmParameters& given,
                                                        int64_t must, dataset::Parts& parts) {
  const RfmParameters parameters = WithDefaults(given);
  std::vector<DataIssue> issues;
  std::vector<int> scored;
  for (const std::string& feature : {parameters.recency_feature(), parameters.frequency_feature(),
                                     parameters.monetary_feature(), parameters.previous_recency_feature(),
                                     parameters.previous_frequency_feature(), parameters.previous_monetary_feature()}) {
    const int column = feature.empty() ? -1 : dataset.FindColumn(feature);
    if (column < 0) continue;  // Not asked for, or a dataset that is not of the spec.
    if (dataset.places[column].is_category) {
      issues.push_back(MakeIssue(DataIssue::SEVERITY_ERROR, "NOT_A_NUMBER", feature,
                                 "is a category, and scores are of numbers", "name a number feature"));
    } else if (scored.size() < 3) {
      scored.push_back(dataset.places[column].index);
    }
  }
  if (!issues.empty()) return issues;
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t buyers, dataset::SumCount(CountComplete(dataset, scored), parts));
  if (buyers < must) {
    issues.push_back(
        MakeIssue(DataIssue::SEVERITY_ERROR, "TOO_FEW_BUYERS", "dataset",
                  absl::StrCat(buyers, " customers with a purchase are fewer than the ", must, " it takes"),
                  "choose a later as_of, or look whether transactions were ingested by known_at"));
  }
  return issues;
}

}  // namespace clientele::training
