#include "services/training/learners/rfm/train.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/quantile.h"
#include "common/model/rfm/presets.h"
#include "common/model/rfm/rules.h"
#include "common/model/rfm/scorer.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/gather.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

using model::v1::RfmModel;
using model::v1::RfmParameters;
using Cuts = google::protobuf::RepeatedField<double>;

// One column of all rows, over all ranks.
absl::StatusOr<std::vector<float>> GatherColumn(const TrainingMatrix& matrix, int column, Communicator& communicator) {
  std::vector<float> mine;
  RowReader reader(matrix);
  for (int s = 0; s < kShardCount; ++s) {
    reader.ForBlocks(s, [&](int64_t, int64_t count, const float* values) {
      for (int64_t row = 0; row < count; ++row) mine.push_back(values[row * matrix.columns + column]);
    });
  }
  return GatherValues(communicator, mine);
}

// `fixed`, or the borders of `levels` equal parts.
Cuts CutsOf(std::vector<float> values, int levels, const Cuts& fixed) {
  if (!fixed.empty()) return fixed;
  std::sort(values.begin(), values.end());
  Cuts cuts;
  for (int i = 1; i < levels; ++i) cuts.Add(model::SortedQuantile(values, static_cast<double>(i) / levels));
  return cuts;
}

// Rows by segment, in their order.
absl::Status CountSegments(const std::vector<float>& recency, const std::vector<float>& frequency,
                           const std::vector<float>& monetary, RfmModel& model) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::RfmScorer scorer, model::RfmScorer::Create(model));
  std::vector<int64_t> sizes(scorer.num_segments() + 1, 0);
  for (size_t i = 0; i < recency.size(); ++i) {
    ++sizes[scorer.SegmentOf(scorer.Score({recency[i], frequency[i], monetary[i]}))];
  }
  for (int s = 0; s < scorer.num_segments(); ++s) model.mutable_segments(s)->set_size(sizes[s]);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RfmModel> FitRfm(const TrainingMatrix& matrix, const RfmMatrixColumns& columns,
                                const RfmParameters& parameters, Communicator& communicator) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto recency, GatherColumn(matrix, columns.recency, communicator));
  CLIENTELE_ASSIGN_OR_RETURN(const auto frequency, GatherColumn(matrix, columns.frequency, communicator));
  CLIENTELE_ASSIGN_OR_RETURN(const auto monetary, GatherColumn(matrix, columns.monetary, communicator));
  if (recency.empty()) return NotReady("no training row has a purchase");
  const int levels = parameters.scoring() == RfmParameters::SCORING_QUARTILES ? 4 : 5;
  RfmModel model;
  *model.mutable_recency_cuts() = CutsOf(recency, levels, parameters.recency_cuts());
  *model.mutable_frequency_cuts() = CutsOf(frequency, levels, parameters.frequency_cuts());
  *model.mutable_monetary_cuts() = CutsOf(monetary, levels, parameters.monetary_cuts());
  *model.mutable_rules() = parameters.rules();
  const bool of_preset = parameters.preset() != RfmParameters::PRESET_UNSPECIFIED;
  const absl::string_view other_action = of_preset ? model::PresetOf(parameters.preset()).other_action : "";
  *model.mutable_segments() = model::SegmentsOf(parameters.rules(), parameters.other_segment(), other_action);
  CLIENTELE_RETURN_IF_ERROR(CountSegments(recency, frequency, monetary, model));
  return model;
}

}  // namespace clientele::training
