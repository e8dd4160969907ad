#include "services/inference/card/importance.h"

#include <cmath>
#include <numeric>

#include "common/model/portable_math.h"
#include "common/model/survival/checks.h"
#include "common/model/value_regression/family.h"

namespace clientele::inference {
namespace {

using clientele::model::Cell;
using clientele::model::RowEncoder;
using clientele::model::v1::FeatureHistogram;
using clientele::model::v1::ModelArtifact;

using Coefficients = std::vector<double>;  // [d]

constexpr absl::string_view kLinearBasis =
    "How far the feature moves the fit from customer to customer: the standard deviation of what it adds, as a share";
constexpr absl::string_view kClusterBasis = "The feature's share of the variance between the segments";

// How many training rows have a value: any between two, of a number; both are the same otherwise.
struct Weighted {
  Cell from;
  Cell to;
  double rows = 0;
};

std::vector<Weighted> ValuesOf(const FeatureHistogram& histogram, bool category) {
  std::vector<Weighted> values = {{Cell::Missing(), Cell::Missing(), static_cast<double>(histogram.missing())}};
  for (int i = 0; i < histogram.counts_size(); ++i) {
    const auto rows = static_cast<double>(histogram.counts(i));
    if (category && i < histogram.categories_size()) {
      const Cell text = Cell::Category(histogram.categories(i));
      values.push_back({text, text, rows});
    } else if (!category && i + 1 < histogram.edges_size()) {
      values.push_back({Cell::Number(histogram.edges(i)), Cell::Number(histogram.edges(i + 1)), rows});
    }
  }
  return values;
}

// The standard deviation of what the feature's columns add, under each of the coefficient lists; the root mean square
// over them.
double SpreadOf(int feature, const FeatureHistogram& histogram, const RowEncoder& encoder,
                const std::vector<Coefficients>& lists) {
  std::vector<Cell> row(encoder.num_features());
  std::vector<double> columns(encoder.num_columns()), ends(encoder.num_columns());
  std::vector<double> sums(lists.size(), 0), squares(lists.size(), 0);
  double rows = 0;
  for (const Weighted& value : ValuesOf(histogram, encoder.IsCategory(feature))) {
    if (value.rows == 0) continue;
    row[feature] = value.from;
    encoder.Encode(row, absl::MakeSpan(columns));
    row[feature] = value.to;
    encoder.Encode(row, absl::MakeSpan(ends));
    rows += value.rows;
    for (size_t list = 0; list < lists.size(); ++list) {
      double added = 0;
      for (int j = encoder.first_column(feature); j < encoder.first_column(feature + 1); ++j) {
        added += lists[list][j] * ((columns[j] + ends[j]) / 2 - encoder.columns()[j].training_mean);
      }
      sums[list] += value.rows * added;
      squares[list] += value.rows * added * added;
    }
  }
  double variance = 0;
  for (size_t list = 0; rows > 0 && list < lists.size(); ++list) {
    const double mean = sums[list] / rows;
    variance += std::max(0.0, squares[list] / rows - mean * mean) / static_cast<double>(lists.size());
  }
  return std::sqrt(variance);
}

double FitAtMeans(const Coefficients& coefficients, double intercept, const RowEncoder& encoder) {
  for (size_t j = 0; j < coefficients.size(); ++j) intercept += coefficients[j] * encoder.columns()[j].training_mean;
  return intercept;
}

template <typename Message>
Coefficients ListOf(const Message& message) {
  return {message.coefficients().begin(), message.coefficients().end()};
}

void AddTimes(double factor, const Coefficients& more, Coefficients& sum) {
  for (size_t j = 0; j < sum.size(); ++j) sum[j] += factor * more[j];
}

// Of the fit, linear around the row of training means.
Coefficients ValueCoefficients(const clientele::model::v1::ValueRegressionModel& model, const RowEncoder& encoder) {
  Coefficients sum = ListOf(model);
  if (clientele::model::HasOccurrence(model.family())) {
    const Coefficients occurrence = ListOf(model.occurrence());
    const double at = FitAtMeans(occurrence, model.occurrence().intercept(), encoder);
    AddTimes(clientele::model::Sigmoid(-at), occurrence, sum);
  }
  if (clientele::model::HasSpread(model.family())) {
    const Coefficients spread = ListOf(model.spread());
    const double at = FitAtMeans(spread, model.spread().intercept(), encoder);
    if (at == clientele::model::CutSpread(at)) AddTimes(clientele::model::Exp(2 * at), spread, sum);
  }
  return sum;
}

Coefficients HazardCoefficients(const clientele::model::v1::SurvivalModel& model) {
  Coefficients slopes = ListOf(model);
  if (clientele::model::IsAccelerated(model.method())) {
    for (double& slope : slopes) slope /= -model.scale();
  }
  return slopes;
}

// One a linear predictor that matters; none: the model is not linear.
std::vector<Coefficients> LinearParts(const ModelArtifact& artifact, const RowEncoder& encoder) {
  switch (artifact.model_case()) {
    case ModelArtifact::kLogisticRegression: return {ListOf(artifact.logistic_regression())};
    case ModelArtifact::kValueRegression: return {ValueCoefficients(artifact.value_regression(), encoder)};
    case ModelArtifact::kMultinomialRegression: {
      std::vector<Coefficients> classes;
      for (const auto& one : artifact.multinomial_regression().classes()) classes.push_back(ListOf(one));
      return classes;
    }
    case ModelArtifact::kSurvival:
      if (artifact.survival().coefficients().empty()) return {};
      return {HazardCoefficients(artifact.survival())};
    default: return {};
  }
}

// Of a number, the sign of its own column's coefficient; of a category's columns, whether they agree.
std::string DirectionOf(int feature, const Coefficients& coefficients, const RowEncoder& encoder) {
  if (!encoder.IsCategory(feature)) {
    const double own = coefficients[encoder.first_column(feature)];
    return own > 0 ? "raises" : own < 0 ? "lowers" : "";
  }
  return encoder.first_column(feature + 1) > encoder.first_column(feature) ? "mixed" : "";
}

// The variance between the clusters that the feature's columns hold.
std::vector<double> BetweenClusters(const clientele::model::v1::KMeansModel& model, const RowEncoder& encoder) {
  const int d = encoder.num_columns();
  std::vector<double> variances(encoder.num_features(), 0);
  double rows = 0;
  for (const auto& cluster : model.clusters()) rows += static_cast<double>(cluster.size());
  for (int j = 0; rows > 0 && j < d; ++j) {
    double sum = 0, squares = 0;
    for (int c = 0; c < model.num_clusters(); ++c) {
      const double weight = static_cast<double>(model.clusters(c).size()) / rows, at = model.centroids(c * d + j);
      sum += weight * at;
      squares += weight * at * at;
    }
    variances[encoder.columns()[j].feature] += std::max(0.0, squares - sum * sum);
  }
  return variances;
}

}  // namespace

double MissingShare(const FeatureHistogram& histogram) {
  const auto missing = static_cast<double>(histogram.missing());
  const double all = std::accumulate(histogram.counts().begin(), histogram.counts().end(), missing);
  return all > 0 ? missing / all : 0;
}

FeatureImportance ImportanceOf(const ModelArtifact& artifact, const RowEncoder& encoder) {
  const int features = encoder.num_features();
  FeatureImportance importance{std::vector<double>(features, 0), std::vector<std::string>(features), ""};
  const std::vector<Coefficients> parts = LinearParts(artifact, encoder);
  if (artifact.has_kmeans()) {
    importance.shares = BetweenClusters(artifact.kmeans(), encoder);
    importance.basis = kClusterBasis;
  } else if (!parts.empty()) {
    for (int f = 0; f < features && f < artifact.histograms_size(); ++f) {
      importance.shares[f] = SpreadOf(f, artifact.histograms(f), encoder, parts);
      if (parts.size() == 1) importance.directions[f] = DirectionOf(f, parts[0], encoder);
    }
    importance.basis = kLinearBasis;
  }
  const double sum = std::accumulate(importance.shares.begin(), importance.shares.end(), 0.0);
  for (double& share : importance.shares) share = sum > 0 ? share / sum : 0;
  return importance;
}

}  // namespace clientele::inference
