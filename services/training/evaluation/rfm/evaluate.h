// What each RFM segment holds and is worth, and who moved between them since the previous numbers.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/rfm.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"

namespace clientele::training {

// Features of the dataset, by name.
struct RfmFeatures {
  std::string recency;
  std::string frequency;
  std::string monetary;
};

// Of the selected rows. `previous` are scored by the same cuts and rules; a previous recency that is days since a
// record at the least `skip` days ago, by its definition, counts up to the day that was then. Moves are from each
// segment to each, staying included. Means of the label are there where the dataset has one. Sums go over the rows of a
// shard in order, then over the shards in order. Cost: O(n). INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset has no
// such number column.
absl::StatusOr<model::v1::RfmEvaluation> EvaluateRfm(const model::v1::RfmModel& model, const dataset::Dataset& dataset,
                                                     const dataset::RowSelection& selection, const RfmFeatures& now,
                                                     const std::optional<RfmFeatures>& previous);

}  // namespace clientele::training
