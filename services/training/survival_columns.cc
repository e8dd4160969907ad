#include "services/training/survival_columns.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::SurvivalParameters;

absl::StatusOr<int> FindColumn(const Dataset& dataset, const std::string& feature, bool is_category) {
  if (feature.empty()) return -1;
  const int column = dataset.FindColumn(feature);
  if (column >= 0 && dataset.places[column].is_category == is_category) return dataset.places[column].index;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat("the dataset has no ", is_category ? "category" : "number", " column \"", feature, "\""));
}

}  // namespace

int64_t SurvivalTable::events() const { return std::count(ended.begin(), ended.end(), 1); }

absl::StatusOr<SurvivalColumns> SurvivalColumns::Of(const Dataset& dataset, const SurvivalParameters& parameters) {
  SurvivalColumns columns(dataset);
  CLIENTELE_ASSIGN_OR_RETURN(columns.duration_, FindColumn(dataset, parameters.duration_feature(), false));
  columns.event_is_category_ = !parameters.event_values().empty();
  CLIENTELE_ASSIGN_OR_RETURN(columns.event_,
                             FindColumn(dataset, parameters.event_feature(), columns.event_is_category_));
  CLIENTELE_ASSIGN_OR_RETURN(columns.strata_, FindColumn(dataset, parameters.strata_feature(), true));
  const std::string& group =
      parameters.group_feature().empty() ? parameters.strata_feature() : parameters.group_feature();
  CLIENTELE_ASSIGN_OR_RETURN(columns.groups_, FindColumn(dataset, group, true));
  if (!columns.event_is_category_) return columns;
  columns.ending_codes_.push_back(0);
  for (const std::string& value : dataset.dictionaries[columns.event_]) {
    const auto& ending = parameters.event_values();
    columns.ending_codes_.push_back(std::find(ending.begin(), ending.end(), value) != ending.end() ? 1 : 0);
  }
  return columns;
}

bool SurvivalColumns::Usable(int shard, int64_t row) const {
  if (!(Number(shard, row, duration_) > 0)) return false;
  if (event_is_category_) return Code(shard, row, event_) > 0;
  const float event = Number(shard, row, event_);
  return event == 0 || event >= 1;
}

bool SurvivalColumns::Ended(int shard, int64_t row) const {
  return event_is_category_ ? ending_codes_[Code(shard, row, event_)] != 0 : Number(shard, row, event_) >= 1;
}

SurvivalTable SurvivalColumns::Read(const dataset::RowSelection& selection, const std::string& weight_feature) const {
  SurvivalTable table;
  const int weight_column = dataset_->FindColumn(weight_feature);
  const int weight = weight_column < 0 ? -1 : dataset_->places[weight_column].index;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < dataset_->shards[s].rows; ++row) {
      if (!selection.Has(s, row) || !Usable(s, row)) continue;
      table.durations.push_back(Number(s, row, duration_));
      table.ended.push_back(Ended(s, row) ? 1 : 0);
      if (weight >= 0) table.weights.push_back(Number(s, row, weight));
      if (strata_ >= 0) table.strata.push_back(Code(s, row, strata_));
      if (groups_ >= 0) table.groups.push_back(Code(s, row, groups_));
    }
  }
  return table;
}

std::vector<std::string> NoCovariates(const SurvivalParameters& parameters) {
  return {parameters.duration_feature(), parameters.event_feature(), parameters.strata_feature()};
}

}  // namespace clientele::training
