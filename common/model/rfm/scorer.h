// From a customer's three numbers to scores and segment, by an RfmModel. The segment of every cell of scores is found
// once, so that a customer costs O(cuts), however many rules there are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/rfm.pb.h"
#include "common/model/rfm/scores.h"

namespace clientele::model {

// What a segment is called.
struct RfmSegmentLabel {
  int identity = 0;
  absl::string_view name;
  absl::string_view action;
};

// Thread-safe: immutable.
class RfmScorer {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: cut points that fall or are too many, a rule whose segment is not among the
  // segments, names that repeat.
  static absl::StatusOr<RfmScorer> Create(const clientele::model::v1::RfmModel& model);

  const RfmCuts& cuts() const { return cuts_; }
  // The model's; whoever has not bought yet is in the one after them.
  int num_segments() const { return segments_; }
  int no_purchase() const { return segments_; }

  RfmScores Score(const RfmValues& values) const { return ScoreOf(cuts_, values); }
  // The index of the segment, no_purchase() where there are no scores.
  int SegmentOf(const RfmScores& scores) const { return scores.any() ? cells_[CellOf(scores)] : no_purchase(); }

  // Cells of scores count from 0, rising by recency, then frequency, then monetary.
  int num_cells() const { return static_cast<int>(cells_.size()); }
  int CellOf(const RfmScores& scores) const;
  RfmScores ScoresOf(int cell) const;

 private:
  explicit RfmScorer(RfmCuts cuts) : cuts_(std::move(cuts)) {}

  RfmCuts cuts_;
  int segments_ = 0;
  std::vector<int16_t> cells_;  // Each cell's segment.
};

// Of a segment's index; valid for no_purchase() too. The texts live in the model.
RfmSegmentLabel LabelOf(const clientele::model::v1::RfmModel& model, int segment);

}  // namespace clientele::model
