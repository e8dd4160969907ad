#include "common/model/onnx/models.h"
#include "common/model/value_regression/family.h"

namespace clientele::model {
namespace {

using v1::ValueRegressionModel;
using v1::ValueRegressionParameters;

// min(x, 0) - log(1 + exp(-|x|))
OnnxTensor LogSigmoid(const OnnxTensor& x, OnnxGraph& graph) {
  const OnnxTensor decay = graph.Apply("Exp", {graph.Apply("Neg", {graph.Apply("Abs", {x})})});
  const OnnxTensor lost = graph.Apply("Log", {graph.Apply("Add", {decay, graph.Number(1)})});
  return graph.Apply("Sub", {graph.Apply("Min", {x, graph.Number(0)}), lost});
}

// exp(2 spread) / 2
OnnxTensor HalfVariance(const OnnxTensor& spread, OnnxGraph& graph) {
  const OnnxTensor cut = graph.Apply("Clip", {spread, graph.Number(kLeastSpread), graph.Number(kMostSpread)});
  const OnnxTensor variance = graph.Apply("Exp", {graph.Apply("Mul", {cut, graph.Number(2)})});
  return graph.Apply("Mul", {variance, graph.Number(0.5)});
}

OnnxTensor AtLeastZero(const OnnxTensor& x, OnnxGraph& graph) { return graph.Apply("Max", {x, graph.Number(0)}); }

// From the scale of the fit to money.
OnnxTensor Value(const ValueRegressionModel& model, const OnnxTensor& fit, OnnxGraph& graph) {
  const auto exponential = [&] {
    return graph.Apply("Exp", {graph.Apply("Min", {fit, graph.Number(kLargestLogValue)})});
  };
  if (HasLogLink(model.family())) return exponential();
  OnnxTensor value = fit;
  if (model.target() == ValueRegressionParameters::TARGET_LOG1P) {
    value = graph.Apply("Mul", {exponential(), graph.Number(model.smearing())});
    value = graph.Apply("Sub", {value, graph.Number(1)});
  }
  return model.allow_negative() ? value : AtLeastZero(value, graph);
}

void AddIntervals(const ValueRegressionModel& model, const OnnxTensor& value, OnnxGraph& graph) {
  const auto& bands = model.intervals().bands();
  if (bands.empty()) return;
  std::vector<double> ends, lower, upper;
  for (const auto& band : bands) {
    ends.push_back(band.predictions_below());
    lower.push_back(band.lower());
    upper.push_back(band.upper());
  }
  ends.pop_back();  // The last has none.
  const auto end_of = [&](const std::vector<double>& added) {
    const OnnxTensor by_band =
        ends.empty() ? graph.Number(added[0]) : graph.LookUp(added, graph.CountKnots(value, ends));
    const OnnxTensor end = graph.Apply("Add", {value, by_band});
    return model.allow_negative() ? end : AtLeastZero(end, graph);
  };
  graph.Output("lower", end_of(lower), OnnxType::kNumber, 1, "Of the prediction interval");
  graph.Output("upper", end_of(upper), OnnxType::kNumber, 1, "Of the prediction interval");
}

}  // namespace

// As ValueRegressionPredictor: the fit is a sum of terms, one a linear predictor.
absl::Status AddOnnxValueRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const ValueRegressionModel& model = predictor.artifact().value_regression();
  const auto linear = [&](const auto& part) {
    return OnnxLinearFit(columns, part.coefficients(), part.intercept(), graph);
  };
  OnnxTensor fit = linear(model), occurrence;
  if (HasOccurrence(model.family())) {
    occurrence = linear(model.occurrence());
    fit = graph.Apply("Add", {fit, LogSigmoid(occurrence, graph)});
  }
  if (HasSpread(model.family())) fit = graph.Apply("Add", {fit, HalfVariance(linear(model.spread()), graph)});
  const OnnxTensor value = Value(model, fit, graph);
  graph.Output("value", value, OnnxType::kNumber, 1, "Expected, in the base currency");
  AddIntervals(model, value, graph);
  if (HasOccurrence(model.family())) {
    graph.Output("occurrence_probability", graph.Apply("Sigmoid", {occurrence}), OnnxType::kNumber, 1, "Of any value");
  }
  return absl::OkStatus();
}

}  // namespace clientele::model
