#include "services/inference/scoring/rfm_score.h"

#include <string>

#include "common/model/rfm/scorer.h"

namespace clientele::inference {

void SetRfmSegment(const clientele::model::v1::RfmModel& model, const model::Prediction& prediction,
                   v1::Score::RfmSegment& result) {
  const model::RfmSegmentLabel label = model::LabelOf(model, prediction.cluster);
  result.set_recency_score(prediction.rfm.recency);
  result.set_frequency_score(prediction.rfm.frequency);
  result.set_monetary_score(prediction.rfm.monetary);
  result.set_segment(std::string(label.name));
  result.set_identity(label.identity);
  result.set_action(std::string(label.action));
}

}  // namespace clientele::inference
