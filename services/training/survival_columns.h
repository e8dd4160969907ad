// Durations, events, strata and groups of a dataset's rows, as SurvivalParameters name them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/survival.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "services/training/learners/survival/rows.h"

namespace clientele::training {

// Rows of a selection that have a duration and an event, in row order.
struct SurvivalTable {
  std::vector<double> durations;
  std::vector<uint8_t> ended;
  std::vector<double> weights;  // Empty: all 1.
  std::vector<int> strata;      // Codes of the stratum's dictionary: 0 missing. Empty: one stratum.
  std::vector<int> groups;      // The same of the groups.

  survival::Rows rows() const { return {durations, ended, weights, strata}; }
  int64_t events() const;
};

// Bound to a dataset, which must outlive it. Thread-safe: immutable.
class SurvivalColumns {
 public:
  // INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset has no such column, or has it of the other type.
  static absl::StatusOr<SurvivalColumns> Of(const dataset::Dataset& dataset,
                                            const model::v1::SurvivalParameters& parameters);

  // Whether it is known how long the row has lasted, and whether it has ended.
  bool Usable(int shard, int64_t row) const;
  SurvivalTable Read(const dataset::RowSelection& selection, const std::string& weight_feature) const;

  // The values behind the codes 1, 2, ... of strata and groups; null: there are none.
  const std::vector<std::string>* strata() const { return Dictionary(strata_); }
  const std::vector<std::string>* groups() const { return Dictionary(groups_); }

 private:
  explicit SurvivalColumns(const dataset::Dataset& dataset) : dataset_(&dataset) {}

  const std::vector<std::string>* Dictionary(int index) const {
    return index < 0 ? nullptr : &dataset_->dictionaries[index];
  }
  float Number(int shard, int64_t row, int index) const {
    return dataset_->shards[shard].numbers[row * dataset_->number_columns + index];
  }
  int Code(int shard, int64_t row, int index) const {
    return static_cast<int>(dataset_->shards[shard].categories[row * dataset_->category_columns + index]);
  }
  bool Ended(int shard, int64_t row) const;

  const dataset::Dataset* dataset_;
  // Indices among the number or category columns; -1: none.
  int duration_ = -1;
  int event_ = -1;
  bool event_is_category_ = false;
  std::vector<uint8_t> ending_codes_;  // Of the event's dictionary, from code 0 on: 1 where it means "ended".
  int strata_ = -1;
  int groups_ = -1;
};

// The columns of `features` are no covariates: they are what the covariates explain, or part the rows.
std::vector<std::string> NoCovariates(const model::v1::SurvivalParameters& parameters);

}  // namespace clientele::training
