#include "tests/benchmark/serving/workload.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"

namespace clientele::benchmark {
namespace {

using clientele::model::v1::ModelArtifact;

ModelArtifact BaseModel() {
  ModelArtifact artifact;
  artifact.set_format_version(model::kFormatVersion);
  for (int f = 0; f < kFeatures; ++f) {
    auto& column = *artifact.add_schema();
    column.mutable_feature()->set_name(FeatureName(f));
    column.set_type(common::v1::FEATURE_TYPE_NUMBER);
    auto& fitted = *artifact.mutable_preprocessing()->add_features();
    fitted.set_feature(column.feature().name());
    fitted.mutable_number()->set_mean(f);
    fitted.mutable_number()->set_scale(0.5);
    fitted.mutable_number()->set_training_mean(f);
    fitted.mutable_number()->set_training_deviation(2);
  }
  artifact.mutable_preprocessing()->set_num_columns(kFeatures);
  return artifact;
}

}  // namespace

std::string FeatureName(int f) { return absl::StrCat("attribute.f", f); }

ModelArtifact LinearModel(int seed) {
  ModelArtifact artifact = BaseModel();
  auto& regression = *artifact.mutable_logistic_regression();
  for (int f = 0; f < kFeatures; ++f) regression.add_coefficients(std::sin(f + 1) / 4);
  regression.set_intercept(seed * 1e-3);
  regression.set_threshold(0.5);
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i / 100.0);
  return artifact;
}

ModelArtifact ClusterModel(int seed) {
  ModelArtifact artifact = BaseModel();
  auto& kmeans = *artifact.mutable_kmeans();
  kmeans.set_num_clusters(kClusters);
  for (int c = 0; c < kClusters; ++c) kmeans.add_clusters()->set_name(absl::StrCat("Segment ", c));
  for (int i = 0; i < kClusters * kFeatures; ++i) kmeans.add_centroids(std::sin(i + seed));
  for (int f = 0; f < kFeatures; ++f) kmeans.add_feature_scale(1);
  return artifact;
}

std::string SerializedModel(const ModelArtifact& artifact) {
  ModelArtifact complete = artifact;
  const auto predictor = model::Predictor::Create(artifact);
  if (!predictor.ok()) std::abort();
  for (auto& row : model::MakeGoldenRows(**predictor)) *complete.add_golden_rows() = std::move(row);
  return model::SerializeArtifact(complete).bytes;
}

double FeatureValue(int row, int feature) { return feature + (row * 31 + feature * 17) % 9 - 4 + 0.25; }

inference::v1::ScoreRequest ScoreGiven(const std::string& model_name, int row, int max_reasons) {
  inference::v1::ScoreRequest request;
  request.set_name(model_name);
  for (int f = 0; f < kFeatures; ++f) {
    auto& value = *request.mutable_subject()->add_features();
    value.set_feature(FeatureName(f));
    value.mutable_value()->set_number(FeatureValue(row, f));
  }
  request.set_max_reasons(max_reasons);
  return request;
}

inference::v1::ScoreRequest ScoreById(const std::string& model_name, int customer) {
  inference::v1::ScoreRequest request;
  request.set_name(model_name);
  request.mutable_subject()->set_customer_id(absl::StrCat("c", customer));
  request.set_max_reasons(-1);
  return request;
}

inference::v1::BatchScoreRequest BatchGiven(const std::string& model_name, int first_row, int rows) {
  inference::v1::BatchScoreRequest request;
  request.set_name(model_name);
  for (int r = 0; r < rows; ++r) *request.add_subjects() = ScoreGiven("", first_row + r, 0).subject();
  return request;
}

ingestion::v1::Record MakeProfile(int customer) {
  ingestion::v1::Record record;
  record.set_source("crm");
  record.set_record_id(absl::StrCat(customer));
  record.set_customer_id(absl::StrCat("c", customer));
  record.mutable_event_time()->set_seconds(1'577'836'800);  // 2020-01-01
  for (int f = 0; f < kFeatures; ++f) {
    (*record.mutable_profile()->mutable_attributes())[absl::StrCat("f", f)].set_number(FeatureValue(customer, f));
  }
  return record;
}

}  // namespace clientele::benchmark
