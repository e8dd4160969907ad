// RFM: three scores, and the segment that the rules give them. The output is the scores' mean, 0 for a customer without
// a purchase, who is in no segment of the model's.
//
// A model of rules adds nothing up, and neither do its contributions: that of a number is how far its score lies above
// the middle of the scores, so that the strongest reasons are the scores that are furthest from it. Other features of
// the schema say nothing.
#pragma once

#include <memory>
#include <utility>

#include "common/model/predictor.h"
#include "common/model/rfm/scorer.h"

namespace clientele::model {

class RfmPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: see RfmScorer::Create; a feature that is no number of the schema, or is
  // changed by preprocessing.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

  const RfmScorer& scorer() const { return scorer_; }

 private:
  // Columns, in the feature's own units.
  struct Columns {
    int recency = 0;
    int frequency = 0;
    int monetary = 0;
  };
  static absl::StatusOr<Columns> FindColumns(const clientele::model::v1::ModelArtifact& artifact,
                                             const RowEncoder& encoder);
  RfmPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, RfmScorer scorer, Columns columns)
      : Predictor(std::move(artifact), std::move(encoder)), scorer_(std::move(scorer)), columns_(columns) {}

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  RfmScorer scorer_;
  Columns columns_;
};

// The middle of the scores 1 to `levels`.
inline double MiddleScore(int levels) { return (levels + 1) / 2.0; }

}  // namespace clientele::model
