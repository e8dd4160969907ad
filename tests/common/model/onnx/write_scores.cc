// usage: write_onnx_scores DIRECTORY
// Writes, for each case, NAME.onnx and NAME.json: rows that try everything (missing values, unknown categories, numbers
// far out or that float32 does not hold), and what our predictor says of them.
#include <cmath>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "common/model/onnx/export.h"
#include "common/model/predictor.h"
#include "common/model/rfm/scorer.h"
#include "common/model/value_regression/family.h"
#include "nlohmann/json.hpp"
#include "tests/common/model/onnx/cases.h"

namespace clientele {
namespace {

using model::Cell;
using model::Prediction;
using model::v1::FittedCategory;
using model::v1::FittedNumber;
using nlohmann::json;

constexpr int kRows = 400;

// In [0, 1), by integer steps alone, so that it is the same everywhere.
class Uniform {
 public:
  double operator()() { return engine_() / 4294967296.0; }
  int Below(int n) { return static_cast<int>((*this)() * n); }

 private:
  std::mt19937 engine_{7};
};

double DrawNumber(const FittedNumber& number, Uniform& uniform) {
  constexpr double kFar[] = {1e9, -1e9, 0.1, -1.0 / 3, 0};
  const double what = uniform();
  if (what < 0.15) return std::nan("");
  if (what < 0.22) return kFar[uniform.Below(5)];
  const double mean = number.training_mean(), deviation = number.training_deviation();
  if (what < 0.4) return std::round(mean + deviation * (4 * uniform() - 2));
  return mean + deviation * (4 * uniform() - 2);
}

std::string DrawCategory(const FittedCategory& category, Uniform& uniform) {
  const double what = uniform();
  if (what < 0.15) return "";
  if (what < 0.3 || category.categories().empty()) return "never seen";
  return category.categories(uniform.Below(category.categories_size()));
}

struct Rows {
  std::vector<std::vector<double>> numbers;     // [features x rows]; of categories empty.
  std::vector<std::vector<std::string>> texts;  // Likewise.

  std::vector<Cell> Row(int row) const {
    std::vector<Cell> cells;
    for (size_t f = 0; f < numbers.size(); ++f) {
      if (texts[f].empty()) {
        cells.push_back(Cell::Number(numbers[f][row]));
      } else {
        cells.push_back(texts[f][row].empty() ? Cell::Missing() : Cell::Category(texts[f][row]));
      }
    }
    return cells;
  }
};

Rows DrawRows(const model::Predictor& predictor) {
  Uniform uniform;
  Rows rows;
  for (const auto& feature : predictor.artifact().preprocessing().features()) {
    rows.numbers.emplace_back();
    rows.texts.emplace_back();
    for (int i = 0; i < kRows; ++i) {
      if (feature.has_number()) {
        rows.numbers.back().push_back(DrawNumber(feature.number(), uniform));
      } else {
        rows.texts.back().push_back(DrawCategory(feature.category(), uniform));
      }
    }
  }
  return rows;
}

// What a prediction holds, under the outputs' names.
json OutputsOf(const model::Predictor& predictor, const Prediction& prediction) {
  const model::v1::ModelArtifact& artifact = predictor.artifact();
  if (artifact.has_kmeans()) {
    return {{"cluster", prediction.cluster},
            {"segment", artifact.kmeans().clusters(prediction.cluster).name()},
            {"distance", prediction.output}};
  }
  if (artifact.has_logistic_regression()) return {{"probability", prediction.output}, {"log_odds", prediction.fit}};
  if (artifact.has_multinomial_regression()) {
    return {{"probabilities", prediction.probabilities},
            {"predicted_class", prediction.predicted_class},
            {"class_name", artifact.multinomial_regression().classes(prediction.predicted_class).name()}};
  }
  if (artifact.has_rfm()) {
    return {{"recency_score", prediction.rfm.recency},
            {"frequency_score", prediction.rfm.frequency},
            {"monetary_score", prediction.rfm.monetary},
            {"segment", prediction.cluster},
            {"segment_name", std::string(model::LabelOf(artifact.rfm(), prediction.cluster).name)}};
  }
  if (artifact.has_survival()) return {{"hazard_ratio", prediction.output}, {"survival", prediction.survival}};
  json outputs = {{"value", prediction.output}};
  if (!artifact.value_regression().intervals().bands().empty()) {
    outputs["lower"] = prediction.lower;
    outputs["upper"] = prediction.upper;
  }
  if (artifact.value_regression().has_occurrence() && model::HasOccurrence(artifact.value_regression().family())) {
    outputs["occurrence_probability"] = prediction.occurrence_probability;
  }
  return outputs;
}

// False where the case cannot be written.
bool Write(const testutil::OnnxCase& one, const std::string& directory) {
  const auto predictor = model::Predictor::Create(one.artifact);
  if (!predictor.ok()) return std::cerr << one.name << ": " << predictor.status() << "\n", false;
  const auto bytes = model::ExportOnnx(**predictor);
  if (!bytes.ok()) return std::cerr << one.name << ": " << bytes.status() << "\n", false;
  const Rows rows = DrawRows(**predictor);
  json file;
  for (int f = 0; f < (*predictor)->schema().size(); ++f) {
    json input = {{"name", (*predictor)->schema()[f].feature().name()}};
    if (rows.texts[f].empty()) {
      input["numbers"] = rows.numbers[f];  // Not a number is null.
    } else {
      input["texts"] = rows.texts[f];
    }
    file["inputs"].push_back(std::move(input));
  }
  for (int i = 0; i < kRows; ++i) {
    file["rows"].push_back(OutputsOf(**predictor, (*predictor)->Predict(rows.Row(i), /*explain=*/false)));
  }
  std::ofstream(directory + "/" + one.name + ".onnx", std::ios::binary) << *bytes;
  std::ofstream scores(directory + "/" + one.name + ".json");
  return static_cast<bool>(scores << file.dump());
}

}  // namespace
}  // namespace clientele

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: write_onnx_scores DIRECTORY\n", 2;
  bool all = true;
  for (const auto& one : clientele::testutil::OnnxCases()) all = clientele::Write(one, argv[1]) && all;
  return all ? 0 : 1;
}
