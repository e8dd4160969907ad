#include "services/training/split.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "services/training/spec.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::Split;

constexpr double kDefaultTrainShare = 0.7;

// Where the ids are gone, the rows they chose are known.
absl::StatusOr<RowSelection> ByTraces(const dataset::IdTraces& traces, const Split& split) {
  if (traces.split != split.SerializeAsString()) {
    return absl::InternalError("the ids are gone that another split goes by");
  }
  return RowSelection{traces.training};
}

RowSelection ByHash(const Dataset& dataset, const Split::HashSplit& hash) {
  const double share = hash.train_share() == 0 ? kDefaultTrainShare : hash.train_share();
  const uint64_t seed = Hash64(hash.salt());
  RowSelection training = RowSelection::None(dataset);
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      const double place = static_cast<double>(Hash64(dataset.shards[s].customer_ids[i], seed) >> 11) * 0x1p-53;
      training.shards[s][i] = place < share ? 1 : 0;
    }
  }
  return training;
}

absl::StatusOr<RowSelection> ByFeature(const Dataset& dataset, const Split::FeatureSplit& feature) {
  const int column = dataset.FindColumn(feature.feature());
  if (column < 0 || !dataset.places[column].is_category) {
    return InvalidField("split.feature.feature", absl::StrCat("\"", feature.feature(), "\" is not a category feature of the dataset"));
  }
  const int index = dataset.places[column].index;
  const auto& holdout = feature.holdout_values();
  std::vector<uint8_t> trains = {1};  // By code: missing trains.
  for (const std::string& value : dataset.dictionaries[index]) {
    trains.push_back(std::find(holdout.begin(), holdout.end(), value) == holdout.end() ? 1 : 0);
  }
  RowSelection training = RowSelection::None(dataset);
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      training.shards[s][i] = trains[dataset.shards[s].categories[i * dataset.category_columns + index]];
    }
  }
  return training;
}

}  // namespace

Split EffectiveSplit(const model::v1::TrainingSpec& spec) {
  Split split = spec.split();
  const Task task = TaskOf(spec);
  const bool none = task == Task::kLifetimeValue || task == Task::kSelectValue || task == Task::kScoreRfm || task == Task::kSurvive;
  if (none && split.rule_case() == Split::RULE_NOT_SET) split.set_none(true);
  return split;
}

absl::StatusOr<RowSelection> TrainingRows(const Dataset& dataset, const Split& split) {
  if (split.none()) return RowSelection::All(dataset);
  if (split.has_feature()) return ByFeature(dataset, split.feature());
  if (dataset.id_traces.has_value()) return ByTraces(*dataset.id_traces, split);
  return ByHash(dataset, split.hash());
}

RowSelection JudgingRows(const RowSelection& training, const Split& split) {
  return split.none() ? training : training.Complement();
}

}  // namespace clientele::training
