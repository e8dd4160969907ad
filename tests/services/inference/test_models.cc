#include "tests/services/inference/test_models.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"

namespace clientele::testutil {
namespace {

using model::v1::ModelArtifact;

void AddNumber(ModelArtifact& artifact, const std::string& name, const std::string& display_name, double imputed,
               double mean, double deviation, bool scaled) {
  auto& column = *artifact.add_schema();
  column.mutable_feature()->set_name(name);
  column.mutable_feature()->set_display_name(display_name);
  column.mutable_feature()->set_unit("days");
  column.set_type(common::v1::FEATURE_TYPE_NUMBER);
  auto& fitted = *artifact.mutable_preprocessing()->add_features();
  fitted.set_feature(name);
  auto& number = *fitted.mutable_number();
  number.set_imputed_value(imputed);
  number.set_mean(scaled ? mean : 0);
  number.set_scale(scaled ? 1 / deviation : 1);
  number.set_training_mean(mean);
  number.set_training_deviation(deviation);
  number.set_encoded_mean(scaled ? 0 : mean);
}

ModelArtifact BaseModel() {
  ModelArtifact artifact;
  artifact.set_format_version(model::kFormatVersion);
  artifact.set_base_currency("EUR");
  artifact.mutable_spec()->set_display_name("A model");
  AddNumber(artifact, "recency", "Days since last purchase", 30, 40, 20, true);
  AddNumber(artifact, "visits", "Visits", 2, 3, 2, false);
  auto& column = *artifact.add_schema();
  column.mutable_feature()->set_name("plan");
  column.set_type(common::v1::FEATURE_TYPE_CATEGORY);
  auto& fitted = *artifact.mutable_preprocessing()->add_features();
  fitted.set_feature("plan");
  for (const char* category : {"basic", "pro"}) fitted.mutable_category()->add_categories(category);
  for (const double share : {0.75, 0.25}) fitted.mutable_category()->add_shares(share);
  artifact.mutable_preprocessing()->set_num_columns(4);
  return artifact;
}

}  // namespace

ModelArtifact ChurnModel(double intercept) {
  ModelArtifact artifact = BaseModel();
  auto& regression = *artifact.mutable_logistic_regression();
  for (const double coefficient : {0.5, -0.25, 1.0, -1.0}) regression.add_coefficients(coefficient);
  regression.set_intercept(intercept);
  regression.set_threshold(0.4);
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i / 100.0);
  artifact.mutable_evaluation()->mutable_classifier()->set_auc(0.8);
  return artifact;
}

ModelArtifact NumbersModel() {
  ModelArtifact artifact = ChurnModel();
  artifact.mutable_schema()->RemoveLast();
  artifact.mutable_preprocessing()->mutable_features()->RemoveLast();
  artifact.mutable_preprocessing()->set_num_columns(2);
  artifact.mutable_logistic_regression()->mutable_coefficients()->Truncate(2);
  return artifact;
}

ModelArtifact ValueModel(double intercept) {
  ModelArtifact artifact = BaseModel();
  auto& regression = *artifact.mutable_value_regression();
  regression.set_target(model::v1::ValueRegressionParameters::TARGET_PLAIN);
  for (const double coefficient : {0.0, 10.0, 0.0, 5.0}) regression.add_coefficients(coefficient);
  regression.set_intercept(intercept);
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i * 2);
  return artifact;
}

ModelArtifact TierModel() {
  ModelArtifact artifact = BaseModel();
  const struct {
    const char* name;
    double intercept, recency, visits;
  } classes[] = {{"new", -0.5, 0, 0}, {"sleeping", 0, 2, -0.25}, {"active", 0.5, -2, 0.25}};
  for (const auto& one : classes) {
    auto& out = *artifact.mutable_multinomial_regression()->add_classes();
    out.set_name(one.name);
    out.set_intercept(one.intercept);
    for (const double coefficient : {one.recency, one.visits, 0.0, 0.0}) out.add_coefficients(coefficient);
  }
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i / 100.0);
  return artifact;
}

ModelArtifact SegmentModel() {
  ModelArtifact artifact = BaseModel();
  auto& kmeans = *artifact.mutable_kmeans();
  kmeans.set_num_clusters(2);
  for (const double x : {-1.0, 3.0, 0.5, 0.5, /*next*/ 1.0, 3.0, 0.5, 0.5}) kmeans.add_centroids(x);
  for (const double scale : {1.0, 0.5, 2.0, 2.0}) kmeans.add_feature_scale(scale);
  for (const char* name : {"Recent", "Long gone"}) {
    kmeans.add_clusters()->set_name(name);
    kmeans.mutable_clusters(kmeans.clusters_size() - 1)->set_size(50);
  }
  return artifact;
}

std::string Serialize(ModelArtifact artifact) {
  const auto predictor = model::Predictor::Create(artifact);
  if (!predictor.ok()) return std::string(predictor.status().message());
  for (auto& row : model::MakeGoldenRows(**predictor)) *artifact.add_golden_rows() = std::move(row);
  return model::SerializeArtifact(artifact).bytes;
}

model::v1::NamedValue Number(absl::string_view feature, double value) {
  model::v1::NamedValue named;
  named.set_feature(std::string(feature));
  named.mutable_value()->set_number(value);
  return named;
}

model::v1::NamedValue Text(absl::string_view feature, absl::string_view value) {
  model::v1::NamedValue named;
  named.set_feature(std::string(feature));
  named.mutable_value()->set_text(std::string(value));
  return named;
}

inference::PublishOrder OrderFor(const TenantId& tenant, const std::string& model, const std::string& bytes,
                                 std::vector<std::string> aliases) {
  inference::PublishOrder order(tenant, model);
  order.sha256 = Sha256Hex(bytes);
  order.size_bytes = static_cast<int64_t>(bytes.size());
  order.aliases = std::move(aliases);
  return order;
}

absl::StatusOr<inference::v1::ModelVersion> Publish(inference::Registry& registry, const inference::PublishOrder& order,
                                                    const std::string& bytes) {
  auto upload = registry.BeginUpload(order);
  if (!upload.ok()) return upload.status();
  for (size_t begin = 0; begin < bytes.size(); begin += 100) {
    const absl::Status status = (*upload)->Append(order, absl::string_view(bytes).substr(begin, 100));
    if (!status.ok()) return status;
  }
  return registry.Publish(order, **upload, "a test");
}

void FakeFeatures::Fetch(const TenantId&, absl::Span<const std::string> customer_ids,
                         const inference::FeatureNames& features, const rpc::Call&, Done done) {
  const auto answer = Answer(customer_ids, features);
  if (!answer.ok()) return done(answer.status());
  done(inference::ReadFeatureRows(answer->SerializeAsString(), customer_ids, features));
}

absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FakeFeatures::Answer(absl::Span<const std::string> customer_ids,
                                                                             absl::Span<const std::string> features) {
  batch_sizes.push_back(static_cast<int>(customer_ids.size()));
  if (!status.ok()) return status;
  ingestion::v1::BatchGetFeaturesResponse response;
  response.mutable_as_of()->set_seconds(1'700'000'000);
  // Not in the order they were asked for: who reads them must go by name.
  for (auto it = features.rbegin(); it != features.rend(); ++it) response.add_features(*it);
  for (const std::string& id : customer_ids) {
    auto& row = *response.add_rows();
    row.set_customer_id(id);
    row.set_found(!absl::StartsWith(id, "nobody"));
    for (const std::string& feature : response.features()) {
      auto& value = *row.add_values();
      if (feature == "recency") value.set_number(60);
      if (feature == "visits") value.set_number(4);
      if (feature == "plan" && absl::StartsWith(id, "pro")) value.set_text("pro");
    }
  }
  if (reverse_rows) std::reverse(response.mutable_rows()->begin(), response.mutable_rows()->end());
  return response;
}

}  // namespace clientele::testutil
