// Small, real artifacts that tests publish and score, and the support they share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/base/hash.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::testutil {

// Inputs: `recency` (a number: imputed as 30, mean 40, deviation 20), `visits` (a number: imputed as 2, not scaled) and
// `plan` (a category: basic, pro). Nothing is complete yet: see Serialize.

// log odds = intercept + 0.5 (recency - 40) / 20 - 0.25 visits + 1 [plan is basic] - 1 [plan is pro].
model::v1::ModelArtifact ChurnModel(double intercept = -1);
// The same without `plan`: numbers alone.
model::v1::ModelArtifact NumbersModel();
// fit = intercept + 10 visits + 5 [plan is pro]; plain.
model::v1::ModelArtifact ValueModel(double intercept = 100);
// Classes new (fit = -0.5), sleeping (2 (recency - 40) / 20 - 0.25 visits) and active (the opposite of both).
model::v1::ModelArtifact TierModel();
// Two segments, around recency 20 and 60.
model::v1::ModelArtifact SegmentModel();

// With golden rows and score quantiles, as a trainer would publish it.
std::string Serialize(model::v1::ModelArtifact artifact);

// NamedValues.
model::v1::NamedValue Number(absl::string_view feature, double value);
model::v1::NamedValue Text(absl::string_view feature, absl::string_view value);

// An order for these bytes that nobody can find fault with.
inference::PublishOrder OrderFor(const TenantId& tenant, const std::string& model, const std::string& bytes,
                                 std::vector<std::string> aliases = {});
// Uploads and publishes in pieces.
absl::StatusOr<inference::v1::ModelVersion> Publish(inference::Registry& registry, const inference::PublishOrder& order,
                                                    const std::string& bytes);

// Customers who live in memory. Thread-safe for reading.
class FakeFeatures final : public inference::FeatureSource {
 public:
  // All have recency 60 and visits 4; "pro..." have plan pro, others no plan. "nobody..." have no records.
  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids,
             const inference::FeatureNames& features, const rpc::Call& call, Done done) override;
  // As ingestion answers it.
  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> Answer(absl::Span<const std::string> customer_ids,
                                                                 absl::Span<const std::string> features);

  absl::Status status = absl::OkStatus();  // Not OK: what every Fetch fails with.
  bool reverse_rows = false;               // An answer that does not fit the question.
  std::vector<int> batch_sizes;            // Of the calls so far.
};

}  // namespace clientele::testutil
