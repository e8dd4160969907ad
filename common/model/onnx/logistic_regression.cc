#include "common/model/onnx/models.h"

namespace clientele::model {
namespace {

// Lines between the points, level outside. With i points not above the log odds, the piece is p0 + rise (z - z0) / run:
// flat at both ends.
OnnxTensor Isotonic(const v1::IsotonicCalibration& isotonic, const OnnxTensor& log_odds, OnnxGraph& graph) {
  const auto& at = isotonic.log_odds();
  const auto& p = isotonic.probabilities();
  const int points = at.size();
  std::vector<double> start = {0}, run = {1}, from = {p[0]}, rise = {0};
  for (int i = 0; i + 1 < points; ++i) {
    start.push_back(at[i]);
    run.push_back(at[i + 1] - at[i]);
    from.push_back(p[i]);
    rise.push_back(p[i + 1] - p[i]);
  }
  start.push_back(0);
  run.push_back(1);
  from.push_back(p[points - 1]);
  rise.push_back(0);
  const OnnxTensor piece = graph.CountKnots(log_odds, {at.begin(), at.end()});
  const OnnxTensor way =
      graph.Apply("Div", {graph.Apply("Sub", {log_odds, graph.LookUp(start, piece)}), graph.LookUp(run, piece)});
  return graph.Apply("Add", {graph.LookUp(from, piece), graph.Apply("Mul", {way, graph.LookUp(rise, piece)})});
}

OnnxTensor Probability(const v1::LogisticRegressionModel& model, const OnnxTensor& log_odds, OnnxGraph& graph) {
  if (model.has_isotonic()) return Isotonic(model.isotonic(), log_odds, graph);
  if (!model.has_platt()) return graph.Apply("Sigmoid", {log_odds});
  const OnnxTensor sloped = graph.Apply("Mul", {log_odds, graph.Number(model.platt().slope())});
  return graph.Apply("Sigmoid", {graph.Apply("Add", {sloped, graph.Number(model.platt().intercept())})});
}

}  // namespace

absl::Status AddOnnxLogisticRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const v1::LogisticRegressionModel& model = predictor.artifact().logistic_regression();
  const OnnxTensor log_odds = OnnxLinearFit(columns, model.coefficients(), model.intercept(), graph);
  graph.Output("probability", Probability(model, log_odds, graph), OnnxType::kNumber, 1, "Of a positive label");
  graph.Output("log_odds", log_odds, OnnxType::kNumber, 1, "Before calibration");
  return absl::OkStatus();
}

}  // namespace clientele::model
