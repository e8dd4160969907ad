#include "common/model/onnx/graph.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace clientele::model {
namespace {

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOperators = 17;
constexpr int64_t kMlOperators = 3;
constexpr absl::string_view kMlDomain = "ai.onnx.ml";

onnx::TensorProto::DataType TypeOf(OnnxType type) {
  switch (type) {
    case OnnxType::kNumber: return onnx::TensorProto::DOUBLE;
    case OnnxType::kInteger: return onnx::TensorProto::INT64;
    case OnnxType::kText: return onnx::TensorProto::STRING;
  }
  return onnx::TensorProto::UNDEFINED;
}

void AddOperators(absl::string_view domain, int64_t version, onnx::ModelProto& model) {
  onnx::OperatorSetIdProto& operators = *model.add_opset_import();
  operators.set_domain(std::string(domain));
  operators.set_version(version);
}

struct SetAttribute {
  onnx::AttributeProto& attribute;

  void operator()(int64_t value) const {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  void operator()(const std::string& value) const {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(value);
  }
  void operator()(const std::vector<int64_t>& values) const {
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    attribute.set_type(onnx::AttributeProto::STRINGS);
    attribute.mutable_strings()->Add(values.begin(), values.end());
  }
};

}  // namespace

OnnxGraph::OnnxGraph(absl::string_view name, absl::string_view description) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("Clientele");
  model_.set_domain("dev.clientele");
  model_.set_doc_string(std::string(description));
  AddOperators("", kOperators, model_);
  AddOperators(kMlDomain, kMlOperators, model_);
  graph().set_name(std::string(name));
}

void OnnxGraph::Describe(const std::string& name, OnnxType type, int columns, absl::string_view description,
                         onnx::ValueInfoProto& info) {
  info.set_name(name);
  info.set_doc_string(std::string(description));
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(TypeOf(type));
  tensor.mutable_shape()->add_dim()->set_dim_param("rows");
  tensor.mutable_shape()->add_dim()->set_dim_value(columns);
}

OnnxTensor OnnxGraph::Input(const std::string& name, OnnxType type, absl::string_view description) {
  inputs_.insert(name);
  Describe(name, type, 1, description, *graph().add_input());
  return name;
}

void OnnxGraph::Output(const std::string& name, const OnnxTensor& tensor, OnnxType type, int columns,
                       absl::string_view description) {
  std::string unique = name;
  while (inputs_.contains(unique)) unique = absl::StrCat("predicted_", unique);
  Describe(unique, type, columns, description, *graph().add_output());
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type("Identity");
  node.add_input(tensor);
  node.add_output(unique);
}

void OnnxGraph::Note(absl::string_view key, absl::string_view value) {
  onnx::StringStringEntryProto& note = *model_.add_metadata_props();
  note.set_key(std::string(key));
  note.set_value(std::string(value));
}

// No feature has a slash in its name, so no input has one of these.
std::string OnnxGraph::NextName(absl::string_view kind) { return absl::StrCat("/", kind, "_", ++names_); }

onnx::TensorProto& OnnxGraph::AddConstant(const OnnxShape& shape, onnx::TensorProto::DataType type) {
  onnx::TensorProto& constant = *graph().add_initializer();
  constant.set_name(NextName("constant"));
  constant.set_data_type(type);
  constant.mutable_dims()->Add(shape.begin(), shape.end());
  return constant;
}

OnnxTensor OnnxGraph::Numbers(const std::vector<double>& values, const OnnxShape& shape) {
  onnx::TensorProto& constant = AddConstant(shape, onnx::TensorProto::DOUBLE);
  constant.mutable_double_data()->Add(values.begin(), values.end());
  return constant.name();
}

OnnxTensor OnnxGraph::Integers(const std::vector<int64_t>& values, const OnnxShape& shape) {
  onnx::TensorProto& constant = AddConstant(shape, onnx::TensorProto::INT64);
  constant.mutable_int64_data()->Add(values.begin(), values.end());
  return constant.name();
}

OnnxTensor OnnxGraph::Flags(const std::vector<bool>& values, const OnnxShape& shape) {
  onnx::TensorProto& constant = AddConstant(shape, onnx::TensorProto::BOOL);
  for (const bool value : values) constant.add_int32_data(value ? 1 : 0);
  return constant.name();
}

OnnxTensor OnnxGraph::Apply(const std::string& op, const std::vector<OnnxTensor>& inputs,
                            const std::vector<OnnxAttribute>& attributes) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(op);
  if (op == "LabelEncoder") node.set_domain(std::string(kMlDomain));
  node.mutable_input()->Add(inputs.begin(), inputs.end());
  node.add_output(NextName(absl::AsciiStrToLower(op)));
  for (const OnnxAttribute& attribute : attributes) {
    onnx::AttributeProto& message = *node.add_attribute();
    message.set_name(attribute.name);
    std::visit(SetAttribute{message}, attribute.value);
  }
  return node.output(0);
}

OnnxTensor OnnxGraph::Cast(const OnnxTensor& tensor, onnx::TensorProto::DataType type) {
  return Apply("Cast", {tensor}, {{"to", int64_t{type}}});
}

OnnxTensor OnnxGraph::Sum(const OnnxTensor& tensor, int64_t axis, bool keep) {
  return Apply("ReduceSum", {tensor, Integers({axis}, {1})}, {{"keepdims", int64_t{keep}}});
}

OnnxTensor OnnxGraph::CountKnots(const OnnxTensor& values, const std::vector<double>& knots, bool strictly) {
  return Sum(ToInteger(Apply(strictly ? "Greater" : "GreaterOrEqual", {values, Row(knots)})), 1);
}

OnnxTensor OnnxGraph::LookUp(const std::vector<double>& table, const OnnxTensor& indices) {
  return Apply("Gather", {Numbers(table, {std::ssize(table)}), indices});
}

OnnxTensor OnnxGraph::LookUp(const std::vector<int64_t>& table, const OnnxTensor& indices) {
  return Apply("Gather", {Integers(table, {std::ssize(table)}), indices});
}

OnnxTensor OnnxGraph::TextOf(const OnnxTensor& indices, const std::vector<std::string>& texts) {
  std::vector<int64_t> keys(texts.size());
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<int64_t>(i);
  return Apply("LabelEncoder", {indices},
               {{"keys_int64s", std::move(keys)}, {"values_strings", texts}, {"default_string", std::string()}});
}

}  // namespace clientele::model
