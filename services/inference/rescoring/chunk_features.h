// The features of one chunk of a dataset, for the scoring engine: as ingestion streams all customers of a tenant, not
// one call for each thousand of them. Numbers have single precision, as in training.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "clientele/common/v1/dataset.pb.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-compatible: who sets a chunk scores it.
class ChunkFeatures final : public FeatureSource {
 public:
  // The columns of the chunks that follow.
  void Begin(const common::v1::DatasetHeader& header);
  // Takes the place of the chunk before. INTERNAL: it is not of the header's form. Cost: a copy.
  absl::Status Set(const common::v1::DatasetChunk& chunk);

  // Calls `done` before it returns; with all columns, whichever `features` are asked for. UNAVAILABLE where one of
  // those is no column: the model has changed since the header was asked for.
  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
             const rpc::Call& call, Done done) override;

 private:
  struct Column {
    bool is_category = false;
    std::vector<std::string> categories = {};  // By code - 1.
  };
  absl::Status AddCategories(const common::v1::DatasetChunk& chunk);

  std::shared_ptr<const FeatureFrame> frame_;
  std::vector<Column> columns_;
  std::vector<size_t> category_columns_;                                      // Indices into columns_.
  absl::flat_hash_map<std::string, std::shared_ptr<const FeatureRow>> rows_;  // By customer id.
};

}  // namespace clientele::inference
