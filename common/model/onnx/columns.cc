#include "common/model/onnx/columns.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/model/cell.h"

namespace clientele::model {
namespace {

using v1::FittedCategory;
using v1::FittedNumber;

std::string Description(const v1::FeatureColumn& column) {
  const auto& feature = column.feature();
  const std::string& name = feature.display_name().empty() ? feature.name() : feature.display_name();
  return feature.unit().empty() ? name : absl::StrCat(name, " (", feature.unit(), ")");
}

// The number features, side by side: m of them.
struct Numbers {
  std::vector<OnnxTensor> inputs;
  std::vector<int> columns;             // Each one's own.
  std::vector<int> indicators;          // Columns, of those that have one.
  std::vector<int64_t> with_indicator;  // Their indices among the m.
  std::vector<double> imputed, lower, upper, mean, scale;
  std::vector<bool> log1p;
  bool any_cut = false;
  bool any_log = false;

  void Add(const FittedNumber& number, int column, OnnxTensor input) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (number.missing_indicator()) {
      indicators.push_back(column + 1);
      with_indicator.push_back(std::ssize(inputs));
    }
    inputs.push_back(std::move(input));
    columns.push_back(column);
    imputed.push_back(number.imputed_value());
    lower.push_back(number.has_lower() ? number.lower() : -kInfinity);
    upper.push_back(number.has_upper() ? number.upper() : kInfinity);
    log1p.push_back(number.log1p());
    mean.push_back(number.mean());
    scale.push_back(number.scale());
    any_cut |= number.has_lower() || number.has_upper();
    any_log |= number.log1p();
  }
};

// sign(x) log(1 + |x|) where asked.
OnnxTensor Logged(const Numbers& numbers, const OnnxTensor& x, OnnxGraph& graph) {
  const OnnxTensor size = graph.Apply("Log", {graph.Apply("Add", {graph.Apply("Abs", {x}), graph.Number(1)})});
  const OnnxTensor logged = graph.Apply("Mul", {graph.Apply("Sign", {x}), size});
  return graph.Apply("Where", {graph.Flags(numbers.log1p, {1, std::ssize(numbers.log1p)}), logged, x});
}

// Appends [rows, m], and the indicators where there are some.
void AddNumbers(const Numbers& numbers, OnnxGraph& graph, std::vector<OnnxTensor>& parts) {
  const OnnxTensor raw = graph.Apply("Concat", numbers.inputs, {{"axis", int64_t{1}}});
  const OnnxTensor missing = graph.Apply("IsNaN", {raw});
  const double most = std::numeric_limits<float>::max();  // As datasets keep numbers.
  const OnnxTensor kept = graph.Apply("Clip", {graph.RoundedToFloat32(raw), graph.Number(-most), graph.Number(most)});
  OnnxTensor x = graph.Apply("Where", {missing, graph.Row(numbers.imputed), kept});
  if (numbers.any_cut) {
    x = graph.Apply("Min", {graph.Apply("Max", {x, graph.Row(numbers.lower)}), graph.Row(numbers.upper)});
  }
  if (numbers.any_log) x = Logged(numbers, x, graph);
  x = graph.Apply("Sub", {x, graph.Row(numbers.mean)});
  parts.push_back(graph.Apply("Mul", {x, graph.Row(numbers.scale)}));
  if (numbers.indicators.empty()) return;
  const OnnxTensor chosen = graph.Integers(numbers.with_indicator, {std::ssize(numbers.with_indicator)});
  parts.push_back(graph.Apply("Gather", {graph.ToNumber(missing), chosen}, {{"axis", int64_t{1}}}));
}

// int64 [rows, 1]: see OnnxColumns::offsets. `width` is the number of the feature's columns.
OnnxTensor AddOffsets(const RowEncoder& encoder, const FittedCategory& category, int feature, const OnnxTensor& input,
                      OnnxGraph& graph) {
  const int first = encoder.first_column(feature), width = encoder.first_column(feature + 1) - first;
  const auto offset_of = [&](const Cell& cell) -> int64_t {
    const int column = encoder.OwnColumn(feature, cell);
    return column < 0 ? width : column - first;
  };
  std::vector<std::string> keys = {""};
  std::vector<int64_t> offsets = {offset_of(Cell::Missing())};
  for (const std::string& text : category.categories()) {
    if (text.empty()) continue;
    keys.push_back(text);
    offsets.push_back(offset_of(Cell::Category(text)));
  }
  // The column of all others is the one after those of the categories.
  const int64_t other = category.has_other() ? category.categories_size() - (category.drop_first() ? 1 : 0) : width;
  return graph.Apply(
      "LabelEncoder", {input},
      {{"keys_strings", std::move(keys)}, {"values_int64s", std::move(offsets)}, {"default_int64", other}});
}

// [rows, width]: the unit vectors of the offsets, zeros beyond.
OnnxTensor OneHot(const OnnxTensor& offsets, int64_t width, OnnxGraph& graph) {
  std::vector<double> table((width + 1) * width, 0);
  for (int64_t i = 0; i < width; ++i) table[i * width + i] = 1;
  const OnnxTensor flat = graph.Apply("Reshape", {offsets, graph.Integers({-1}, {1})});
  return graph.Apply("Gather", {graph.Numbers(table, {width + 1, width}), flat});
}

}  // namespace

OnnxColumns AddOnnxColumns(const Predictor& predictor, OnnxGraph& graph) {
  const RowEncoder& encoder = predictor.encoder();
  OnnxColumns columns;
  columns.offsets.resize(encoder.num_features());
  Numbers numbers;
  std::vector<OnnxTensor> categories;
  std::vector<int> category_columns;
  for (int f = 0; f < encoder.num_features(); ++f) {
    const v1::FeatureColumn& column = predictor.schema()[f];
    const v1::FittedFeature& fitted = predictor.artifact().preprocessing().features(f);
    const OnnxType type = fitted.has_number() ? OnnxType::kNumber : OnnxType::kText;
    const OnnxTensor input = graph.Input(column.feature().name(), type, Description(column));
    const int first = encoder.first_column(f), width = encoder.first_column(f + 1) - first;
    if (fitted.has_number()) {
      numbers.Add(fitted.number(), first, input);
      continue;
    }
    columns.offsets[f] = AddOffsets(encoder, fitted.category(), f, input, graph);
    if (width > 0) categories.push_back(OneHot(columns.offsets[f], width, graph));
    for (int j = 0; j < width; ++j) category_columns.push_back(first + j);
  }
  std::vector<OnnxTensor> parts;
  if (!numbers.inputs.empty()) AddNumbers(numbers, graph, parts);
  parts.insert(parts.end(), categories.begin(), categories.end());
  columns.order = numbers.columns;
  columns.order.insert(columns.order.end(), numbers.indicators.begin(), numbers.indicators.end());
  columns.order.insert(columns.order.end(), category_columns.begin(), category_columns.end());
  columns.tensor = graph.Apply("Concat", parts, {{"axis", int64_t{1}}});
  return columns;
}

OnnxTensor OnnxColumn(const OnnxColumns& columns, int column, OnnxGraph& graph) {
  const auto at = std::find(columns.order.begin(), columns.order.end(), column) - columns.order.begin();
  return graph.Apply("Gather", {columns.tensor, graph.Integers({at}, {1})}, {{"axis", int64_t{1}}});
}

}  // namespace clientele::model
