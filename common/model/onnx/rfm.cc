#include "common/base/status_macros.h"
#include "common/model/onnx/models.h"
#include "common/model/raw_feature.h"
#include "common/model/rfm/scorer.h"

namespace clientele::model {
namespace {

// int64 [rows, 1], before it is known whether the row has all three numbers.
OnnxTensor Score(const OnnxTensor& value, const std::vector<double>& cuts, bool lower_is_better, OnnxGraph& graph) {
  const OnnxTensor below = graph.CountKnots(value, cuts, /*strictly=*/true);
  if (lower_is_better) return graph.Apply("Sub", {graph.Integers({LevelsOf(cuts)}, {}), below});
  return graph.Apply("Add", {graph.Integers({1}, {}), below});
}

// As RfmScorer::CellOf.
OnnxTensor CellOf(const std::vector<OnnxTensor>& scores, const RfmCuts& cuts, OnnxGraph& graph) {
  const auto integer = [&](int64_t value) { return graph.Integers({value}, {}); };
  OnnxTensor cell = graph.Apply("Mul", {scores[0], integer(LevelsOf(cuts.frequency))});
  cell = graph.Apply("Mul", {graph.Apply("Add", {cell, scores[1]}), integer(LevelsOf(cuts.monetary))});
  cell = graph.Apply("Add", {cell, scores[2]});
  // What counting from 1 has added.
  return graph.Apply("Sub", {cell, integer((LevelsOf(cuts.frequency) + 1) * LevelsOf(cuts.monetary) + 1)});
}

}  // namespace

absl::Status AddOnnxRfm(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const v1::RfmModel& model = predictor.artifact().rfm();
  CLIENTELE_ASSIGN_OR_RETURN(const RfmScorer scorer, RfmScorer::Create(model));
  const RfmCuts& cuts = scorer.cuts();
  const auto column = [&](int feature) {
    return OnnxColumn(columns, predictor.encoder().first_column(feature), graph);
  };
  const OnnxTensor recency = column(model.recency_feature()), frequency = column(model.frequency_feature()),
                   monetary = column(model.monetary_feature());
  const OnnxTensor values = graph.Apply("Concat", {recency, frequency, monetary}, {{"axis", int64_t{1}}});
  const OnnxTensor absent = graph.ToInteger(graph.Apply("Equal", {values, graph.Number(kMissingRaw)}));
  const OnnxTensor complete = graph.Apply("Equal", {graph.Sum(absent, 1), graph.Integers({0}, {})});
  const OnnxTensor none = graph.Integers({0}, {});
  const std::vector<OnnxTensor> scores = {Score(recency, cuts.recency, true, graph),
                                          Score(frequency, cuts.frequency, false, graph),
                                          Score(monetary, cuts.monetary, false, graph)};
  std::vector<int64_t> segments;
  for (int cell = 0; cell < scorer.num_cells(); ++cell) segments.push_back(scorer.SegmentOf(scorer.ScoresOf(cell)));
  const OnnxTensor of_cell = graph.LookUp(segments, CellOf(scores, cuts, graph));
  const OnnxTensor segment = graph.Apply("Where", {complete, of_cell, graph.Integers({scorer.no_purchase()}, {})});
  std::vector<std::string> names;
  for (int s = 0; s <= scorer.num_segments(); ++s) names.push_back(std::string(LabelOf(model, s).name));
  const char* outputs[] = {"recency_score", "frequency_score", "monetary_score"};
  for (int i = 0; i < 3; ++i) {
    graph.Output(outputs[i], graph.Apply("Where", {complete, scores[i], none}), OnnxType::kInteger, 1,
                 "From 1, the best is the highest; 0: no purchase yet");
  }
  graph.Output("segment", segment, OnnxType::kInteger, 1, "Its index, from 0");
  graph.Output("segment_name", graph.TextOf(segment, names), OnnxType::kText, 1, "Its name");
  return absl::OkStatus();
}

}  // namespace clientele::model
