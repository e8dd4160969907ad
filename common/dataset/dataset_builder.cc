#include <cmath>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/dataset.h"

namespace clientele::dataset {
namespace {

using common::v1::DatasetChunk;
using common::v1::DatasetHeader;
using common::v1::PurchaseSeries;

absl::Status CheckSize(absl::string_view field, int64_t size, int64_t rows, int64_t columns) {
  if (size == rows * columns) return absl::OkStatus();
  return InvalidField(absl::StrCat("chunk.", field), absl::StrCat("has ", size, " values, but ", rows, " rows of ",
                                                                  columns, " want ", rows * columns));
}

std::string ColumnName(const Dataset& dataset, bool is_category, int index) {
  for (int column = 0; column < dataset.header.columns_size(); ++column) {
    const ColumnPlace& place = dataset.places[column];
    if (place.is_category != is_category || place.index != index) continue;
    return dataset.header.columns(column).feature().name();
  }
  return "";
}

// `shard`: the one that came last.
absl::Status CheckShape(const Dataset& dataset, const DatasetChunk& chunk, int shard) {
  const int64_t rows = chunk.customer_ids_size();
  if (chunk.shard() < 0 || chunk.shard() >= kShardCount) {
    return InvalidField("chunk.shard", absl::StrCat(chunk.shard(), " is not one of 0 to ", kShardCount - 1));
  }
  if (chunk.shard() < shard) {
    return InvalidField("chunk.shard", absl::StrCat(chunk.shard(), " comes after shard ", shard));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckSize("numbers", chunk.numbers_size(), rows, dataset.number_columns));
  CLIENTELE_RETURN_IF_ERROR(CheckSize("categories", chunk.categories_size(), rows, dataset.category_columns));
  CLIENTELE_RETURN_IF_ERROR(CheckSize("labels", chunk.labels_size(), rows, dataset.header.has_label() ? 1 : 0));
  return CheckSize("auxiliary_labels", chunk.auxiliary_labels_size(), rows, dataset.header.auxiliary_labels());
}

absl::Status CheckIds(const Shard& shard, const DatasetChunk& chunk) {
  absl::string_view before = shard.customer_ids.empty() ? "" : shard.customer_ids.back();
  for (const std::string& id : chunk.customer_ids()) {
    if (id.empty()) return InvalidField("chunk.customer_ids", "holds an empty id");
    if (absl::string_view(id) <= before) {
      return InvalidField("chunk.customer_ids", absl::StrCat("\"", id, "\" does not follow \"", before,
                                                             "\" in byte order"));
    }
    before = id;
  }
  return absl::OkStatus();
}

// Without a branch, so that the compiler takes whole vectors: nearly always there is none.
bool HasInfinity(const float* values, int count) {
  int infinite = 0;
  for (int i = 0; i < count; ++i) infinite |= std::abs(values[i]) == std::numeric_limits<float>::infinity() ? 1 : 0;
  return infinite != 0;
}

absl::Status CheckValues(const Dataset& dataset, const DatasetChunk& chunk) {
  const bool infinite = HasInfinity(chunk.numbers().data(), chunk.numbers_size());
  for (int i = 0; infinite && i < chunk.numbers_size(); ++i) {
    if (!std::isinf(chunk.numbers(i))) continue;
    return InvalidField("chunk.numbers",
                        absl::StrCat(ColumnName(dataset, false, i % dataset.number_columns), " of customer \"",
                                     chunk.customer_ids(i / dataset.number_columns), "\" is infinite"));
  }
  for (int i = 0; i < chunk.categories_size(); ++i) {
    const int column = i % dataset.category_columns;
    if (chunk.categories(i) <= dataset.dictionaries[column].size()) continue;
    return InvalidField("chunk.categories",
                        absl::StrCat(ColumnName(dataset, true, column), " has code ", chunk.categories(i),
                                     ", but only ", dataset.dictionaries[column].size(), " categories are known"));
  }
  for (int i = 0; i < chunk.labels_size(); ++i) {
    if (std::isfinite(chunk.labels(i))) continue;
    return InvalidField("chunk.labels", absl::StrCat("of customer \"", chunk.customer_ids(i), "\" is not finite"));
  }
  for (int i = 0; i < chunk.auxiliary_labels_size(); ++i) {
    if (!std::isinf(chunk.auxiliary_labels(i))) continue;
    return InvalidField("chunk.auxiliary_labels",
                        absl::StrCat("of customer \"", chunk.customer_ids(i / dataset.header.auxiliary_labels()),
                                     "\" is infinite"));
  }
  return absl::OkStatus();
}

absl::Status CheckSeries(const PurchaseSeries& series) {
  const int bins = series.spend_size();
  if (series.bin_days() < 1) return InvalidField("purchase_series.bin_days", "must be at least 1");
  if (series.first_purchases_size() != bins || series.repeat_purchases_size() != bins) {
    return InvalidField("purchase_series", absl::StrCat("has ", series.first_purchases_size(), " first purchases, ",
                                                        series.repeat_purchases_size(), " repeat purchases and ", bins,
                                                        " spends; every bin has one of each"));
  }
  if (series.start_day().empty() != (bins == 0)) {
    return InvalidField("purchase_series.start_day", "is there exactly where there are bins");
  }
  for (int bin = 0; bin < bins; ++bin) {
    const bool valid =
        series.first_purchases(bin) >= 0 && series.repeat_purchases(bin) >= 0 && std::isfinite(series.spend(bin));
    if (!valid) return InvalidField("purchase_series", absl::StrCat("bin ", bin, " is no count and no spend"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DatasetBuilder> DatasetBuilder::Create(DatasetHeader header) {
  if (header.columns().empty()) return InvalidField("header.columns", "is empty; at least one column is required");
  if (header.auxiliary_labels() < 0) {
    return InvalidField("header.auxiliary_labels", absl::StrCat(header.auxiliary_labels(), " is below 0"));
  }
  DatasetBuilder builder;
  Dataset& dataset = builder.dataset_;
  absl::flat_hash_set<std::string> names;
  for (const auto& column : header.columns()) {
    const std::string& name = column.feature().name();
    if (name.empty()) return InvalidField("header.columns", "has a column without a name");
    if (!names.insert(name).second) {
      return InvalidField("header.columns", absl::StrCat("has \"", name, "\" more than once"));
    }
    switch (column.type()) {
      case common::v1::FEATURE_TYPE_NUMBER:
        dataset.places.push_back({.is_category = false, .index = dataset.number_columns++});
        break;
      case common::v1::FEATURE_TYPE_CATEGORY:
        dataset.places.push_back({.is_category = true, .index = dataset.category_columns++});
        break;
      default:
        return InvalidField("header.columns", absl::StrCat("has \"", name, "\", neither a number nor a category"));
    }
  }
  dataset.dictionaries.resize(dataset.category_columns);
  dataset.header = std::move(header);
  return builder;
}

absl::Status DatasetBuilder::Add(const DatasetChunk& chunk) {
  if (dataset_.purchase_series.has_value()) return InvalidField("chunk", "comes after the purchase series");
  CLIENTELE_RETURN_IF_ERROR(CheckShape(dataset_, chunk, shard_));
  if (chunk.shard() != shard_) FinishShard();
  shard_ = chunk.shard();
  Shard& shard = dataset_.shards[shard_];
  CLIENTELE_RETURN_IF_ERROR(CheckIds(shard, chunk));
  for (const auto& entry : chunk.new_categories()) {
    if (entry.column() < 0 || entry.column() >= dataset_.category_columns) {
      return InvalidField("chunk.new_categories.column",
                          absl::StrCat(entry.column(), " is not one of the ", dataset_.category_columns,
                                       " category columns"));
    }
    dataset_.dictionaries[entry.column()].push_back(entry.value());
  }
  CLIENTELE_RETURN_IF_ERROR(CheckValues(dataset_, chunk));
  shard.rows += chunk.customer_ids_size();
  for (const std::string& id : chunk.customer_ids()) shard.customer_ids.push_back(id);
  shard.numbers.insert(shard.numbers.end(), chunk.numbers().begin(), chunk.numbers().end());
  shard.categories.insert(shard.categories.end(), chunk.categories().begin(), chunk.categories().end());
  shard.labels.insert(shard.labels.end(), chunk.labels().begin(), chunk.labels().end());
  shard.auxiliary_labels.insert(shard.auxiliary_labels.end(), chunk.auxiliary_labels().begin(),
                                chunk.auxiliary_labels().end());
  return absl::OkStatus();
}

absl::Status DatasetBuilder::Add(PurchaseSeries series) {
  if (dataset_.purchase_series.has_value()) return InvalidField("purchase_series", "comes twice");
  CLIENTELE_RETURN_IF_ERROR(CheckSeries(series));
  dataset_.purchase_series = std::move(series);
  return absl::OkStatus();
}

absl::Status DatasetBuilder::Add(const common::v1::DatasetOmissions& omissions) {
  if (omissions.opted_out_rows() < 0) return InvalidField("omissions.opted_out_rows", "is below 0");
  dataset_.opted_out_rows += omissions.opted_out_rows();
  return absl::OkStatus();
}

// One shard at a time has room to grow, so that the whole takes little more than its values.
void DatasetBuilder::FinishShard() {
  Shard& shard = dataset_.shards[shard_];
  shard.customer_ids.ShrinkToFit();
  shard.numbers.shrink_to_fit();
  shard.categories.shrink_to_fit();
  shard.labels.shrink_to_fit();
  shard.auxiliary_labels.shrink_to_fit();
}

Dataset DatasetBuilder::Build() && {
  FinishShard();
  return std::move(dataset_);
}

}  // namespace clientele::dataset
