#include "services/inference/monitoring/drift_bins.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"

namespace clientele::inference {
namespace {

using model::Cell;
using model::v1::FeatureHistogram;

constexpr int kQuantiles = 101;
constexpr char kMissing[] = "(missing)";
constexpr char kOthers[] = "(others)";

// Of b bins between b - 1 inner edges, the first and last open.
std::vector<std::string> NamesOf(absl::Span<const double> inner) {
  if (inner.empty()) return {"all"};
  std::vector<std::string> names = {absl::StrCat("below ", Plain(inner.front()))};
  for (size_t i = 1; i < inner.size(); ++i) {
    names.push_back(absl::StrCat(Plain(inner[i - 1]), " to ", Plain(inner[i])));
  }
  names.push_back(absl::StrCat(Plain(inner.back()), " and more"));
  return names;
}

}  // namespace

int DriftBins::Finder::BinOf(const Cell& cell, int bins, bool is_category) const {
  if (is_category) {
    if (!cell.has_category || cell.category.empty()) return -1;
    const auto found = categories.find(cell.category);
    return found == categories.end() ? bins - 1 : found->second;
  }
  if (std::isnan(cell.number)) return -1;
  // As training saw it: in float32.
  const auto above = std::upper_bound(edges.begin(), edges.end(), static_cast<float>(cell.number)) - edges.begin();
  return std::clamp(static_cast<int>(above) - 1, 0, bins - 1);
}

DriftBins::DriftBins(const model::v1::ModelArtifact& artifact) {
  training_rows_ = artifact.lineage().train_rows();
  if (artifact.histograms_size() == artifact.schema_size()) {
    for (int f = 0; f < artifact.schema_size(); ++f) {
      const FeatureHistogram& histogram = artifact.histograms(f);
      FeatureBins bins;
      bins.feature = histogram.feature();
      bins.is_category = artifact.schema(f).type() == common::v1::FEATURE_TYPE_CATEGORY;
      bins.first = size_;
      bins.names.push_back(kMissing);
      bins.training_counts.push_back(histogram.missing());
      Finder finder;
      bins.is_category ? AddCategories(histogram, bins, finder) : AddNumbers(histogram, bins, finder);
      size_ += bins.bins + 1;
      features_.push_back(std::move(bins));
      finders_.push_back(std::move(finder));
    }
  }
  AddScore(artifact);
}

void DriftBins::AddNumbers(const FeatureHistogram& histogram, FeatureBins& bins, Finder& finder) const {
  finder.edges.assign(histogram.edges().begin(), histogram.edges().end());
  bins.bins = std::max(1, histogram.counts_size());  // Without any number in training, all are in one.
  bins.training_counts.insert(bins.training_counts.end(), histogram.counts().begin(), histogram.counts().end());
  bins.training_counts.resize(bins.bins + 1);
  std::vector<double> inner;
  for (int e = 1; e + 1 < histogram.edges_size(); ++e) inner.push_back(histogram.edges(e));
  for (std::string& name : NamesOf(inner)) bins.names.push_back(std::move(name));
}

void DriftBins::AddCategories(const FeatureHistogram& histogram, FeatureBins& bins, Finder& finder) const {
  int64_t others = 0;
  for (int c = 0; c < histogram.categories_size(); ++c) {
    const std::string& category = histogram.categories(c);
    if (category.empty()) {
      others = histogram.counts(c);
      continue;
    }
    finder.categories.emplace(category, bins.bins++);
    bins.names.push_back(category);
    bins.training_counts.push_back(histogram.counts(c));
  }
  ++bins.bins;
  bins.names.push_back(kOthers);
  bins.training_counts.push_back(others);
}

// Tenths by the distinct ones of nine quantiles. Where many scores are equal there are fewer tenths, and a bin's
// share is what the quantiles say, to a hundredth.
void DriftBins::AddScore(const model::v1::ModelArtifact& artifact) {
  score_.feature = "score";
  score_.first = size_;
  const auto& quantiles = artifact.score_quantiles();
  if (quantiles.size() != kQuantiles) return;
  for (int q = 10; q < 100; q += 10) {
    if (score_edges_.empty() || quantiles[q] > score_edges_.back()) score_edges_.push_back(quantiles[q]);
  }
  score_.bins = static_cast<int>(score_edges_.size()) + 1;
  score_.names = {kMissing};
  for (std::string& name : NamesOf(score_edges_)) score_.names.push_back(std::move(name));
  score_.training_counts = {0};
  int64_t before = 0;
  for (int b = 0; b < score_.bins; ++b) {
    const auto above = b + 1 == score_.bins ? quantiles.end()
                                            : std::upper_bound(quantiles.begin(), quantiles.end(), score_edges_[b]);
    const auto hundredths = static_cast<double>(above - quantiles.begin() - 1);
    const int64_t rows = std::llround(static_cast<double>(training_rows_) * hundredths / (kQuantiles - 1));
    score_.training_counts.push_back(rows - before);
    before = rows;
  }
  size_ += score_.bins + 1;
}

void DriftBins::Count(absl::Span<const Cell> row, double score, absl::Span<int64_t> counts) const {
  ++counts[0];
  for (size_t f = 0; f < features_.size(); ++f) {
    const FeatureBins& bins = features_[f];
    ++counts[bins.first + 1 + finders_[f].BinOf(row[f], bins.bins, bins.is_category)];
  }
  if (score_.bins == 0) return;
  const auto bin = std::lower_bound(score_edges_.begin(), score_edges_.end(), score) - score_edges_.begin();
  ++counts[score_.first + 1 + bin];
}

}  // namespace clientele::inference
