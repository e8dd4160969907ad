// A predictor made ready for inputs that come by name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/model/predictor.h"
#include "services/inference/scoring/feature_names.h"
#include "services/inference/scoring/row_form.h"

namespace clientele::inference {

// Thread-safe: immutable.
class ScoringModel {
 public:
  explicit ScoringModel(std::shared_ptr<const model::Predictor> predictor);
  ScoringModel(const ScoringModel&) = delete;
  ScoringModel& operator=(const ScoringModel&) = delete;

  const model::Predictor& predictor() const { return *predictor_; }
  v1::Algorithm algorithm() const { return algorithm_; }

  // The inputs' names, in the schema's order.
  const FeatureNames& features() const { return features_; }
  int num_features() const { return static_cast<int>(features_.size()); }
  bool IsCategory(int feature) const { return is_category_[feature]; }
  // Those that are categories, in rising order.
  absl::Span<const int> categories() const { return categories_; }
  // Whether scores come with their percentile among the training rows'.
  bool has_percentiles() const { return predictor_->artifact().score_quantiles_size() > 0; }
  // How a number of this feature begins on the wire, as part of a Subject: all bytes but the number's own eight. Empty
  // where the feature is a category, or its name too long for sizes of one byte.
  absl::string_view NumberFront(int feature) const { return number_fronts_[feature]; }
  // The form of a Subject's features that gives all of them, in the schema's order. Nothing's where a front is empty.
  const RowForm& form() const { return form_; }
  // The index in the schema, or -1. Cost: one hash.
  int FindFeature(absl::string_view name) const;

 private:
  const std::shared_ptr<const model::Predictor> predictor_;
  const v1::Algorithm algorithm_;
  const FeatureNames features_;
  std::vector<bool> is_category_;
  std::vector<int> categories_;
  std::vector<std::string> number_fronts_;
  RowForm form_;
  absl::flat_hash_map<absl::string_view, int> index_;  // Keys live in features_.
};

// UNSPECIFIED for an artifact without a model.
v1::Algorithm AlgorithmOf(const clientele::model::v1::ModelArtifact& artifact);

}  // namespace clientele::inference
