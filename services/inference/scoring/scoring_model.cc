#include "services/inference/scoring/scoring_model.h"

#include <utility>

#include "clientele/inference/v1/scoring_service.pb.h"

namespace clientele::inference {
namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kMostShortBytes = 127;  // Whose size is one byte.

// A Subject that gives this feature a number, without that number.
std::string FrontOf(const std::string& feature) {
  v1::Subject subject;
  auto& given = *subject.add_features();
  given.set_feature(feature);
  given.mutable_value()->set_number(1);
  const std::string bytes = subject.SerializeAsString();
  return bytes.size() > kMostShortBytes ? "" : bytes.substr(0, bytes.size() - kNumberBytes);
}

std::vector<std::string> NamesOf(const model::Predictor& predictor) {
  std::vector<std::string> names;
  names.reserve(predictor.schema().size());
  for (const auto& column : predictor.schema()) names.push_back(column.feature().name());
  return names;
}

}  // namespace

v1::Algorithm AlgorithmOf(const clientele::model::v1::ModelArtifact& artifact) {
  using Artifact = clientele::model::v1::ModelArtifact;
  switch (artifact.model_case()) {
    case Artifact::kKmeans: return v1::ALGORITHM_KMEANS;
    case Artifact::kLogisticRegression: return v1::ALGORITHM_LOGISTIC_REGRESSION;
    case Artifact::kValueRegression: return v1::ALGORITHM_VALUE_REGRESSION;
    case Artifact::kMultinomialRegression: return v1::ALGORITHM_MULTINOMIAL_REGRESSION;
    case Artifact::kLifetimeValue: return v1::ALGORITHM_LIFETIME_VALUE;
    case Artifact::kSurvival: return v1::ALGORITHM_SURVIVAL;
    case Artifact::kRfm: return v1::ALGORITHM_RFM;
    case Artifact::MODEL_NOT_SET: break;
  }
  return v1::ALGORITHM_UNSPECIFIED;
}

ScoringModel::ScoringModel(std::shared_ptr<const model::Predictor> predictor)
    : predictor_(std::move(predictor)),
      algorithm_(AlgorithmOf(predictor_->artifact())),
      features_(NamesOf(*predictor_)) {
  for (int i = 0; i < num_features(); ++i) {
    is_category_.push_back(predictor_->schema()[i].type() == common::v1::FEATURE_TYPE_CATEGORY);
    if (is_category_[i]) categories_.push_back(i);
    index_.emplace(features_[i], i);
    number_fronts_.push_back(is_category_[i] ? "" : FrontOf(features_[i]));
  }
  for (int i = 0; i < num_features() && !number_fronts_[i].empty(); ++i) form_.Add(number_fronts_[i], i);
  if (form_.num_features() != features_.size()) form_ = RowForm();
}

int ScoringModel::FindFeature(absl::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? -1 : found->second;
}

}  // namespace clientele::inference
