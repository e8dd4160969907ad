#include "common/model/onnx/models.h"

namespace clientele::model {

absl::Status AddOnnxMultinomialRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const v1::MultinomialRegressionModel& model = predictor.artifact().multinomial_regression();
  const int k = model.classes_size(), d = predictor.encoder().num_columns();
  std::vector<double> coefficients(d * k), intercepts;  // [d x k], [k]
  std::vector<std::string> names;
  for (int c = 0; c < k; ++c) {
    const auto& one = model.classes(c);
    const std::vector<double> arranged = columns.Arranged(one.coefficients());
    for (int j = 0; j < d; ++j) coefficients[j * k + c] = arranged[j];
    intercepts.push_back(one.intercept());
    names.push_back(one.name());
  }
  const OnnxTensor product = graph.Apply("MatMul", {columns.tensor, graph.Numbers(coefficients, {d, k})});
  const OnnxTensor fits = graph.Apply("Add", {product, graph.Row(intercepts)});
  const OnnxTensor best = graph.Apply("ArgMax", {fits}, {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
  graph.Output("probabilities", graph.Apply("Softmax", {fits}, {{"axis", int64_t{1}}}), OnnxType::kNumber, k,
               "Of the classes, in the model's order");
  graph.Output("predicted_class", best, OnnxType::kInteger, 1, "The most probable one's index, from 0");
  graph.Output("class_name", graph.TextOf(best, names), OnnxType::kText, 1, "Its name");
  return absl::OkStatus();
}

}  // namespace clientele::model
