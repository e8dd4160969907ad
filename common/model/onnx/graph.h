// An ONNX graph in the making: operators of ai.onnx 17 and ai.onnx.ml 3, IR version 8 (the Open Neural Network
// Exchange, onnx.ai). Every tensor begins with the rows that are scored together; numbers are float64.
//
//   OnnxGraph graph("churn");
//   const OnnxTensor x = graph.Input("tenure", OnnxType::kNumber, "Tenure (months)");
//   graph.Output("probability", graph.Apply("Sigmoid", {x}), OnnxType::kNumber, 1, "Of churn");
//   const std::string bytes = graph.Serialize();
//
// The same calls give the same bytes: the format has no maps, and names count up.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "onnx/onnx_pb.h"

namespace clientele::model {

enum class OnnxType { kNumber, kInteger, kText };  // float64, int64, string.

using OnnxTensor = std::string;  // Its name in the graph.
using OnnxShape = std::vector<int64_t>;

struct OnnxAttribute {
  std::string name;
  std::variant<int64_t, std::string, std::vector<int64_t>, std::vector<std::string>> value;
};

// Thread-compatible.
class OnnxGraph {
 public:
  OnnxGraph(absl::string_view name, absl::string_view description);

  // [rows, 1]. Names must differ.
  OnnxTensor Input(const std::string& name, OnnxType type, absl::string_view description);
  // [rows, columns]. Where an input has the name already, it becomes "predicted_" and the name.
  void Output(const std::string& name, const OnnxTensor& tensor, OnnxType type, int columns,
              absl::string_view description);
  // What a program may want to read beside the graph.
  void Note(absl::string_view key, absl::string_view value);

  // Constants.
  OnnxTensor Number(double value) { return Numbers({value}, {}); }
  OnnxTensor Numbers(const std::vector<double>& values, const OnnxShape& shape);
  OnnxTensor Row(const std::vector<double>& values) { return Numbers(values, {1, std::ssize(values)}); }
  OnnxTensor Integers(const std::vector<int64_t>& values, const OnnxShape& shape);
  OnnxTensor Flags(const std::vector<bool>& values, const OnnxShape& shape);

  // The operator's first output.
  OnnxTensor Apply(const std::string& op, const std::vector<OnnxTensor>& inputs,
                   const std::vector<OnnxAttribute>& attributes = {});
  // To another type; `float32` is one only in passing.
  OnnxTensor ToNumber(const OnnxTensor& tensor) { return Cast(tensor, onnx::TensorProto::DOUBLE); }
  OnnxTensor ToInteger(const OnnxTensor& tensor) { return Cast(tensor, onnx::TensorProto::INT64); }
  OnnxTensor RoundedToFloat32(const OnnxTensor& tensor) { return ToNumber(Cast(tensor, onnx::TensorProto::FLOAT)); }

  // Sums along an axis, which stays with length 1 or goes.
  OnnxTensor Sum(const OnnxTensor& tensor, int64_t axis, bool keep = true);
  // How many of `knots`, at least one, are not above each value of [rows, 1]; or, `strictly`, are below it. int64
  // [rows, 1].
  OnnxTensor CountKnots(const OnnxTensor& values, const std::vector<double>& knots, bool strictly = false);
  // Each index's entry of `table`.
  OnnxTensor LookUp(const std::vector<double>& table, const OnnxTensor& indices);
  OnnxTensor LookUp(const std::vector<int64_t>& table, const OnnxTensor& indices);
  // The text of each index, from 0.
  OnnxTensor TextOf(const OnnxTensor& indices, const std::vector<std::string>& texts);

  std::string Serialize() const { return model_.SerializeAsString(); }

 private:
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }
  std::string NextName(absl::string_view kind);
  onnx::TensorProto& AddConstant(const OnnxShape& shape, onnx::TensorProto::DataType type);
  OnnxTensor Cast(const OnnxTensor& tensor, onnx::TensorProto::DataType type);
  static void Describe(const std::string& name, OnnxType type, int columns, absl::string_view description,
                       onnx::ValueInfoProto& info);

  onnx::ModelProto model_;
  absl::flat_hash_set<std::string> inputs_;
  int64_t names_ = 0;
};

}  // namespace clientele::model
