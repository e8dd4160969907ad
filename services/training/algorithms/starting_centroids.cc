#include "services/training/algorithms/starting_centroids.h"

#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using model::Cell;
using model::v1::KMeansParameters;

int FindFeature(const model::Schema& schema, const std::string& name) {
  for (int f = 0; f < schema.size(); ++f) {
    if (schema[f].feature().name() == name) return f;
  }
  return -1;
}

absl::Status UnknownFeature(const std::string& field, const std::string& name, const model::Schema& schema) {
  std::vector<std::string> known;
  for (const auto& column : schema) known.push_back(column.feature().name());
  return InvalidField(field + ".feature",
                      absl::StrCat("\"", name, "\" is not a feature of the model: ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<Cell> CellOf(const KMeansParameters::Coordinate& coordinate, bool is_category,
                            const std::string& field) {
  using common::v1::Value;
  const Value& value = coordinate.value();
  if (is_category && value.kind_case() == Value::kText) return Cell::Category(value.text());
  if (is_category) return InvalidField(field + ".value", absl::StrCat("of ", coordinate.feature(), " must be a text"));
  if (value.kind_case() == Value::kFlag) return Cell::Number(value.flag() ? 1 : 0);
  if (value.kind_case() == Value::kNumber && std::isfinite(value.number())) return Cell::Number(value.number());
  return InvalidField(field + ".value", absl::StrCat("of ", coordinate.feature(), " must be a finite number"));
}

}  // namespace

absl::StatusOr<std::vector<double>> EncodeStartingCentroids(const KMeansParameters& parameters,
                                                            const model::Schema& schema,
                                                            const model::RowEncoder& encoder) {
  std::vector<double> centroids;
  for (int c = 0; c < parameters.starting_centroids_size(); ++c) {
    std::vector<Cell> row;
    for (int f = 0; f < encoder.num_features(); ++f) {
      row.push_back(encoder.IsCategory(f) ? Cell::Missing() : Cell::Number(encoder.ImputedValue(f)));
    }
    std::set<int> named;
    for (const auto& coordinate : parameters.starting_centroids(c).coordinates()) {
      const std::string field = absl::StrCat("spec.kmeans.starting_centroids[", c, "].coordinates");
      const int feature = FindFeature(schema, coordinate.feature());
      if (feature < 0) return UnknownFeature(field, coordinate.feature(), schema);
      if (!named.insert(feature).second) {
        return InvalidField(field + ".feature", absl::StrCat("\"", coordinate.feature(), "\" is named twice"));
      }
      CLIENTELE_ASSIGN_OR_RETURN(row[feature], CellOf(coordinate, encoder.IsCategory(feature), field));
    }
    std::vector<double> columns(encoder.num_columns());
    encoder.Encode(row, absl::MakeSpan(columns));
    centroids.insert(centroids.end(), columns.begin(), columns.end());
  }
  return centroids;
}

std::vector<double> ChampionCentroids(const model::Predictor* champion, const model::RowEncoder& encoder) {
  if (champion == nullptr || !champion->artifact().has_kmeans()) return {};
  const auto& columns = champion->encoder().columns();
  if (columns.size() != encoder.columns().size()) return {};
  for (size_t j = 0; j < columns.size(); ++j) {
    if (columns[j].name != encoder.columns()[j].name) return {};
  }
  const auto& centroids = champion->artifact().kmeans().centroids();
  return {centroids.begin(), centroids.end()};
}

}  // namespace clientele::training
