// Data and a registry that a test holds in its hands.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "services/training/worker/peers.h"

namespace clientele::testutil {

// Customers c0, c1, ... with the feature `recency_days` and a label that is 1 above its middle, but for a share of them
// that goes the other way.
inline dataset::Dataset ChurnData(int rows, double noise_share) {
  common::v1::DatasetHeader header;
  auto* column = header.add_columns();
  column->mutable_feature()->set_name("recency_days");
  column->set_type(common::v1::FEATURE_TYPE_NUMBER);
  header.set_has_label(true);
  header.mutable_as_of()->set_seconds(1'000);
  auto builder = *dataset::DatasetBuilder::Create(header);
  for (int shard = 0; shard < kShardCount; ++shard) {
    common::v1::DatasetChunk chunk;
    chunk.set_shard(shard);
    for (int i = shard; i < rows; i += kShardCount) {
      const double x = static_cast<double>(Hash64(absl::StrCat("x", i)) % 1'000) / 1'000;
      const bool flipped = static_cast<double>(Hash64(absl::StrCat("y", i)) % 1'000) / 1'000 < noise_share;
      chunk.add_customer_ids(absl::StrCat("c", 100'000 + i));
      chunk.add_numbers(static_cast<float>(x));
      chunk.add_labels((x > 0.5) != flipped ? 1 : 0);
    }
    if (chunk.customer_ids_size() > 0 && !builder.Add(chunk).ok()) std::abort();
  }
  return std::move(builder).Build();
}

// Trains a churn classifier on ChurnData.
inline model::v1::TrainingSpec ChurnSpec() {
  model::v1::TrainingSpec spec;
  spec.set_model("churn");
  spec.mutable_dataset()->add_features("recency_days");
  spec.mutable_dataset()->mutable_as_of()->set_seconds(1'000);
  spec.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  spec.mutable_logistic_regression();
  return spec;
}

// Thread-compatible.
class FakeData final : public training::DatasetSource {
 public:
  absl::StatusOr<dataset::Dataset> Read(const TenantId& tenant, const common::v1::DatasetSpec& spec, const StopToken&,
                                        absl::FunctionRef<void(int64_t, double)> on_rows) override {
    last_tenant = tenant.value();
    last_spec = spec;
    if (!status.ok()) return status;
    on_rows(dataset.rows() / 2, 0.5);
    on_rows(dataset.rows(), 1);
    return dataset;
  }
  dataset::Dataset dataset;
  absl::Status status;
  std::string last_tenant;
  common::v1::DatasetSpec last_spec;
};

// Thread-compatible.
class FakeRegistry final : public training::ModelRegistry {
 public:
  using Header = inference::v1::PublishModelVersionRequest::Header;
  absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId&, absl::string_view,
                                                                      const StopToken&) override {
    if (!status.ok()) return status;
    return champion;
  }
  absl::StatusOr<std::string> Artifact(absl::string_view, const StopToken&) override {
    ++artifacts_read;
    if (!status.ok()) return status;
    return champion_artifact;
  }
  absl::StatusOr<inference::v1::ModelVersion> Publish(const Header& header, absl::string_view artifact,
                                                      const StopToken&) override {
    if (!status.ok()) return status;
    headers.push_back(header);
    artifacts.emplace_back(artifact);
    inference::v1::ModelVersion version;
    version.set_name(absl::StrCat(header.parent(), "/versions/", headers.size()));
    return version;
  }
  std::optional<inference::v1::ModelVersion> champion;
  std::string champion_artifact;
  int artifacts_read = 0;
  absl::Status status;
  std::vector<Header> headers;
  std::vector<std::string> artifacts;
};

}  // namespace clientele::testutil
