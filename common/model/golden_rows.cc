#include <algorithm>
#include <bit>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "common/model/checks.h"

namespace clientele::model {
namespace {

using common::v1::Value;
using v1::GoldenRow;

std::vector<double> OutputsOf(const Predictor& predictor, const Prediction& prediction) {
  if (predictor.artifact().has_multinomial_regression()) return prediction.probabilities;
  if (predictor.artifact().has_lifetime_value()) {
    return {prediction.output, prediction.probability_alive, prediction.expected_purchases};
  }
  if (predictor.artifact().has_survival()) {
    std::vector<double> outputs = {prediction.output};
    outputs.insert(outputs.end(), prediction.survival.begin(), prediction.survival.end());
    return outputs;
  }
  if (predictor.artifact().has_rfm()) {
    const RfmScores& rfm = prediction.rfm;
    return {static_cast<double>(prediction.cluster), static_cast<double>(rfm.recency), static_cast<double>(rfm.frequency),
            static_cast<double>(rfm.monetary)};
  }
  if (!predictor.artifact().has_kmeans()) return {prediction.output};
  return {static_cast<double>(prediction.cluster), prediction.output};
}

// The cells of a golden row; the texts live in it. An error where a value is not of its column's type.
absl::StatusOr<std::vector<Cell>> CellsOf(const Predictor& predictor, const GoldenRow& row) {
  if (row.values_size() != predictor.schema().size()) {
    return InvalidArtifact(absl::StrCat("a golden row has ", row.values_size(), " values for ",
                                        predictor.schema().size(), " columns"));
  }
  std::vector<Cell> cells(row.values_size());
  for (int f = 0; f < row.values_size(); ++f) {
    const Value& value = row.values(f);
    if (value.kind_case() == Value::KIND_NOT_SET) continue;
    const bool fits = predictor.encoder().IsCategory(f) ? value.has_text() : value.has_number();
    if (!fits) return InvalidArtifact("a golden row's value is not of its column's type");
    cells[f] = value.has_text() ? Cell::Category(value.text()) : Cell::Number(value.number());
  }
  return cells;
}

std::string UnknownCategory(const v1::FittedCategory& category) {
  std::string text = "never seen in training";
  while (std::binary_search(category.categories().begin(), category.categories().end(), text)) text += "!";
  return text;
}

// Number f of row r lies -2 to 2 deviations from its mean, in steps that differ from feature to feature; category f
// takes its r-th value.
Value MakeValue(const v1::FittedFeature& fitted, int feature, int row, bool unknown) {
  Value value;
  if (fitted.has_number()) {
    const v1::FittedNumber& number = fitted.number();
    const double deviations = unknown ? 10 : ((row * 7 + feature * 3) % 9 - 4) * 0.5;
    constexpr double kMost = std::numeric_limits<float>::max();
    const double exact = number.training_mean() + deviations * number.training_deviation();
    value.set_number(static_cast<float>(std::clamp(exact, -kMost, kMost)));
    return value;
  }
  const v1::FittedCategory& category = fitted.category();
  if (unknown || category.categories().empty()) {
    value.set_text(UnknownCategory(category));
  } else {
    value.set_text(category.categories((row + feature) % category.categories_size()));
  }
  return value;
}

}  // namespace

std::vector<GoldenRow> MakeGoldenRows(const Predictor& predictor, int rows) {
  std::vector<GoldenRow> golden(rows);
  const auto& features = predictor.artifact().preprocessing().features();
  for (int r = 0; r < rows; ++r) {
    const bool missing = r == rows - 1, unknown = r == rows - 2;
    for (int f = 0; f < features.size(); ++f) {
      Value* value = golden[r].add_values();
      if (!missing) *value = MakeValue(features[f], f, r, unknown);
    }
    const auto cells = CellsOf(predictor, golden[r]);  // Just made: it fits.
    for (const double output : OutputsOf(predictor, predictor.Predict(*cells, /*explain=*/false))) {
      golden[r].add_outputs(output);
    }
  }
  return golden;
}

absl::Status CheckGoldenRows(const Predictor& predictor) {
  for (int r = 0; r < predictor.artifact().golden_rows_size(); ++r) {
    const GoldenRow& row = predictor.artifact().golden_rows(r);
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Cell> cells, CellsOf(predictor, row));
    const std::vector<double> outputs = OutputsOf(predictor, predictor.Predict(cells, /*explain=*/false));
    const bool equal = std::equal(outputs.begin(), outputs.end(), row.outputs().begin(), row.outputs().end(),
                                  [](double a, double b) {
                                    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
                                  });
    if (!equal) return InvalidArtifact(absl::StrCat("golden row ", r, " does not score as it says"));
  }
  return absl::OkStatus();
}

}  // namespace clientele::model
