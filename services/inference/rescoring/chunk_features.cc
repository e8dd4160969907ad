#include "services/inference/rescoring/chunk_features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

absl::Status BadChunk() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               "ingestion's dataset does not have the columns asked for");
}

}  // namespace

void ChunkFeatures::Begin(const common::v1::DatasetHeader& header) {
  auto frame = std::make_shared<FeatureFrame>();
  std::vector<std::string> features;
  columns_.clear();
  category_columns_.clear();
  rows_.clear();
  frame->as_of = header.as_of();
  for (const auto& column : header.columns()) {
    const bool is_category = column.type() == common::v1::FEATURE_TYPE_CATEGORY;
    if (is_category) category_columns_.push_back(columns_.size());
    columns_.push_back({is_category});
    features.push_back(column.feature().name());
  }
  frame->features = std::move(features);
  frame_ = std::move(frame);
}

absl::Status ChunkFeatures::AddCategories(const common::v1::DatasetChunk& chunk) {
  for (const auto& entry : chunk.new_categories()) {
    if (entry.column() < 0 || static_cast<size_t>(entry.column()) >= category_columns_.size()) return BadChunk();
    columns_[category_columns_[entry.column()]].categories.push_back(entry.value());
  }
  return absl::OkStatus();
}

absl::Status ChunkFeatures::Set(const common::v1::DatasetChunk& chunk) {
  const size_t rows = chunk.customer_ids_size(), category_columns = category_columns_.size();
  const size_t number_columns = columns_.size() - category_columns;
  rows_.clear();
  CLIENTELE_RETURN_IF_ERROR(AddCategories(chunk));
  if (static_cast<size_t>(chunk.numbers_size()) != rows * number_columns ||
      static_cast<size_t>(chunk.categories_size()) != rows * category_columns) {
    return BadChunk();
  }
  const float* number = chunk.numbers().data();
  const uint32_t* code = chunk.categories().data();
  ingestion::v1::FeatureVector row;
  for (const std::string& customer_id : chunk.customer_ids()) {
    row.Clear();
    row.set_customer_id(customer_id);
    row.set_found(true);
    for (const Column& column : columns_) {
      common::v1::Value& value = *row.add_values();
      if (!column.is_category) {
        if (!std::isnan(*number)) value.set_number(*number);
        ++number;
        continue;
      }
      if (*code > column.categories.size()) return BadChunk();
      if (*code > 0) value.set_text(column.categories[*code - 1]);
      ++code;
    }
    rows_[customer_id] = std::make_shared<const FeatureRow>(FeatureRow{frame_, row.SerializeAsString()});
  }
  return absl::OkStatus();
}

void ChunkFeatures::Fetch(const TenantId& /*tenant*/, absl::Span<const std::string> customer_ids,
                          const FeatureNames& features, const rpc::Call& /*call*/, Done done) {
  for (const std::string& feature : features) {
    if (std::find(frame_->features.begin(), frame_->features.end(), feature) != frame_->features.end()) continue;
    return done(Error(absl::StatusCode::kUnavailable, ErrorReason::kVersionNotAvailable,
                      absl::StrCat("feature \"", feature, "\" was not asked for: the model has changed meanwhile")));
  }
  FeatureRows rows;
  for (const std::string& customer_id : customer_ids) {
    const auto found = rows_.find(customer_id);
    rows.push_back(found == rows_.end() ? nullptr : found->second);
  }
  done(std::move(rows));
}

}  // namespace clientele::inference
