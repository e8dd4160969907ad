#include "services/inference/value/portfolio.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {

absl::Status Portfolio::Begin(const common::v1::DatasetHeader& header) {
  const auto& names = formula_.features();
  columns_.assign(names.size(), names.size());
  row_numbers_ = 0;
  for (const auto& column : header.columns()) {
    const auto found = std::find(names.begin(), names.end(), column.feature().name());
    if (column.type() == common::v1::FEATURE_TYPE_CATEGORY) {
      if (found == names.end()) continue;
      return InvalidField("value_settings", absl::StrCat("the feature \"", *found,
                                                         "\" is a category, and a component is "
                                                         "made of numbers; change the settings"));
    }
    if (found != names.end()) columns_[found - names.begin()] = row_numbers_;
    ++row_numbers_;
  }
  values_.resize(names.size());
  return absl::OkStatus();
}

absl::Status Portfolio::Add(const common::v1::DatasetChunk& chunk) {
  const size_t rows = static_cast<size_t>(chunk.customer_ids_size());
  const bool fits = static_cast<size_t>(chunk.numbers_size()) == rows * row_numbers_ &&
                    std::all_of(columns_.begin(), columns_.end(), [this](size_t c) { return c < row_numbers_; });
  if (!fits) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
                 "ingestion's dataset does not have the columns asked for");
  }
  if (chunk.shard() != shard_) EndShard();
  shard_ = chunk.shard();
  for (size_t r = 0; r < rows; ++r) {
    const std::string& id = chunk.customer_ids(static_cast<int>(r));
    if (is_left_out_ && is_left_out_(id)) {
      ++opted_out_;
      continue;
    }
    const float* const row = chunk.numbers().data() + r * row_numbers_;
    for (size_t f = 0; f < columns_.size(); ++f) values_[f] = row[columns_[f]];
    const ValueComponents components = formula_.Components(values_);
    const double value = formula_.Value(components);
    in_shard_.value += value;
    in_shard_.components += components;
    Keep(id, value, components);
    ++customers_;
  }
  return absl::OkStatus();
}

bool Portfolio::IsWorthMore(const Customer& a, const Customer& b) {
  return a.value != b.value ? a.value > b.value : a.id < b.id;
}

void Portfolio::Keep(const std::string& id, double value, const ValueComponents& components) {
  if (most_top_ == 0) return;
  if (top_.size() == most_top_) {
    const Customer& least = top_.front();
    if (value < least.value || (value == least.value && id > least.id)) return;
    std::pop_heap(top_.begin(), top_.end(), IsWorthMore);
    top_.pop_back();
  }
  top_.push_back({id, value, components, values_});
  std::push_heap(top_.begin(), top_.end(), IsWorthMore);
}

void Portfolio::EndShard() {
  total_.value += in_shard_.value;
  total_.components += in_shard_.components;
  in_shard_ = Sums();
}

v1::PotentialValue Portfolio::Describe(const Customer& customer) const {
  v1::PotentialValue described;
  described.set_customer_id(customer.id);
  described.set_value(customer.value);
  *described.mutable_components() = ToProto(customer.components);
  AddFeatures(formula_, customer.features, described);
  return described;
}

void Portfolio::Finish(v1::ComputePortfolioValueResponse& response) && {
  EndShard();
  response.set_customers(customers_);
  response.set_opted_out(opted_out_);
  response.set_portfolio_value(total_.value);
  *response.mutable_components() = ToProto(total_.components);
  std::sort(top_.begin(), top_.end(), IsWorthMore);
  for (const Customer& customer : top_) *response.add_top() = Describe(customer);
}

}  // namespace clientele::inference
