// What is counted of scored rows: in which bin of the training's histograms each feature's value falls, and in which
// tenth of the training scores the score does. The bins are fixed by the artifact, so that counts of different days,
// restarts and replicas add up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/model/cell.h"

namespace clientele::inference {

// The bins of one feature among the counts: where its missing values are counted, then its bins.
struct FeatureBins {
  std::string feature;
  bool is_category = false;
  int first = 0;  // Of the counts: missing; then the bins.
  int bins = 0;   // Without missing. Categories: the last takes values that training did not see.
  std::vector<std::string> names;        // For people: missing, then the bins. [bins + 1]
  std::vector<int64_t> training_counts;  // [bins + 1], as names.
};

// Immutable. Counts are [size()]: rows first, then each feature's, then the score's tenths.
class DriftBins {
 public:
  explicit DriftBins(const model::v1::ModelArtifact& artifact);
  DriftBins(const DriftBins&) = delete;
  DriftBins& operator=(const DriftBins&) = delete;

  int size() const { return size_; }
  absl::Span<const FeatureBins> features() const { return features_; }
  // Nothing is missing; no bins where the model has no percentiles.
  const FeatureBins& score() const { return score_; }
  int64_t training_rows() const { return training_rows_; }

  // Adds one row. `row` has a cell for each schema column. Cost: a binary search or a hash a feature.
  void Count(absl::Span<const model::Cell> row, double score, absl::Span<int64_t> counts) const;

 private:
  struct Finder {
    std::vector<float> edges;                              // Numbers.
    absl::flat_hash_map<std::string, int> categories;      // To the bin.
    int BinOf(const model::Cell& cell, int bins, bool is_category) const;
  };
  void AddNumbers(const model::v1::FeatureHistogram& histogram, FeatureBins& bins, Finder& finder) const;
  void AddCategories(const model::v1::FeatureHistogram& histogram, FeatureBins& bins, Finder& finder) const;
  void AddScore(const model::v1::ModelArtifact& artifact);

  int size_ = 1;
  int64_t training_rows_ = 0;
  std::vector<FeatureBins> features_;
  std::vector<Finder> finders_;  // One a feature.
  FeatureBins score_;
  std::vector<double> score_edges_;  // A score up to the first is in bin 0.
};

}  // namespace clientele::inference
