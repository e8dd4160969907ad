#include "common/model/onnx/models.h"

namespace clientele::model {
namespace {

// Rows at length 1, as a model of directions has them; a row of zeros stays.
OnnxTensor Direction(const OnnxTensor& x, OnnxGraph& graph) {
  const OnnxTensor square = graph.Sum(graph.Apply("Mul", {x, x}), 1);
  const OnnxTensor zero = graph.Apply("Equal", {square, graph.Number(0)});
  const OnnxTensor length = graph.Apply("Where", {zero, graph.Number(1), graph.Apply("Sqrt", {square})});
  return graph.Apply("Div", {x, length});
}

}  // namespace

// The nearest centroid is the one of least |c|^2 - 2 x.c, which is one product of matrices; its distance is then taken
// from the difference itself, for that sum would lose digits. Both are seen from the centroids' mean, for the same
// reason. A row as far from two centroids, to rounding, may be given to either.
absl::Status AddOnnxKMeans(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph) {
  const v1::KMeansModel& model = predictor.artifact().kmeans();
  const int k = model.num_clusters(), d = predictor.encoder().num_columns();
  std::vector<double> centroids, mean(d, 0);  // [k x d] and [d], in the graph's order.
  for (int c = 0; c < k; ++c) {
    const std::vector<double> one = columns.Arranged(absl::MakeSpan(model.centroids()).subspan(c * d, d));
    for (int j = 0; j < d; ++j) mean[j] += one[j] / k;
    centroids.insert(centroids.end(), one.begin(), one.end());
  }
  std::vector<double> products(d * k), squares(k, 0);  // -2 c, transposed, and |c|^2.
  for (int c = 0; c < k; ++c) {
    for (int j = 0; j < d; ++j) {
      const double centred = centroids[c * d + j] -= mean[j];
      products[j * k + c] = -2 * centred;
      squares[c] += centred * centred;
    }
  }
  const bool cosine = model.distance() == v1::KMeansParameters::DISTANCE_COSINE;
  const OnnxTensor seen = cosine ? Direction(columns.tensor, graph) : columns.tensor;
  const OnnxTensor x = graph.Apply("Sub", {seen, graph.Row(mean)});
  const OnnxTensor distances =
      graph.Apply("Add", {graph.Apply("MatMul", {x, graph.Numbers(products, {d, k})}), graph.Row(squares)});
  const OnnxTensor cluster = graph.Apply("ArgMin", {distances}, {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
  const OnnxTensor flat = graph.Apply("Reshape", {cluster, graph.Integers({-1}, {1})});
  const OnnxTensor nearest = graph.Apply("Gather", {graph.Numbers(centroids, {k, d}), flat});
  const OnnxTensor difference = graph.Apply("Sub", {x, nearest});
  const OnnxTensor distance = graph.Apply("Sqrt", {graph.Sum(graph.Apply("Mul", {difference, difference}), 1)});
  std::vector<std::string> names;
  for (const auto& one : model.clusters()) names.push_back(one.name());
  graph.Output("cluster", cluster, OnnxType::kInteger, 1, "The nearest centroid's index, from 0");
  graph.Output("segment", graph.TextOf(cluster, names), OnnxType::kText, 1, "The cluster's name");
  graph.Output("distance", distance, OnnxType::kNumber, 1, "To that centroid, in preprocessed units");
  return absl::OkStatus();
}

}  // namespace clientele::model
