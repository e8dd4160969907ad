// Preprocessing as an ONNX graph: one input a feature, and of them the columns [rows, d] that the model sees, as
// RowEncoder makes them.
//
// A number's input is float64 [rows, 1], NaN where it is missing; a category's is text [rows, 1], "" where it is
// missing. The graph's columns come in another order than the model's: all numbers, all indicators of what is missing,
// then the categories, a feature at a time. So all numbers are made together, in a handful of operators.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/model/onnx/graph.h"
#include "common/model/predictor.h"

namespace clientele::model {

struct OnnxColumns {
  OnnxTensor tensor;       // float64 [rows, d].
  std::vector<int> order;  // [d]: the k-th is the model's column order[k].
  // One a feature. Of a category, int64 [rows, 1]: the offset of the row's column among the feature's, or how many
  // there are where the row has none. Empty: a number.
  std::vector<OnnxTensor> offsets;

  // A list that goes with the model's columns, in the graph's order.
  template <typename Numbers>
  std::vector<double> Arranged(const Numbers& of_columns) const {
    std::vector<double> arranged;
    for (const int column : order) arranged.push_back(of_columns[column]);
    return arranged;
  }
};

// Adds the inputs, in the schema's order, and all that makes columns of them.
OnnxColumns AddOnnxColumns(const Predictor& predictor, OnnxGraph& graph);

// One of the model's columns alone, float64 [rows, 1].
OnnxTensor OnnxColumn(const OnnxColumns& columns, int column, OnnxGraph& graph);

// intercept + columns x coefficients: float64 [rows, 1]. `coefficients` [d] in the model's order.
template <typename Numbers>
OnnxTensor OnnxLinearFit(const OnnxColumns& columns, const Numbers& coefficients, double intercept, OnnxGraph& graph) {
  const std::vector<double> arranged = columns.Arranged(coefficients);
  const OnnxTensor product =
      graph.Apply("MatMul", {columns.tensor, graph.Numbers(arranged, {std::ssize(arranged), 1})});
  return graph.Apply("Add", {product, graph.Number(intercept)});
}

}  // namespace clientele::model
