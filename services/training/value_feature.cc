#include "services/training/value_feature.h"

#include <cmath>

#include "absl/strings/string_view.h"

namespace clientele::training {
namespace {

constexpr absl::string_view kTotalSpend = "spend_total";
constexpr absl::string_view kMoneyUnit = "base currency";

}  // namespace

int ValueColumn(const dataset::Dataset& dataset) {
  const int total = dataset.FindColumn(kTotalSpend);
  if (total >= 0 && !dataset.places[total].is_category) return total;
  for (int column = 0; column < dataset.header.columns_size(); ++column) {
    const bool money = dataset.header.columns(column).feature().unit() == kMoneyUnit;
    if (money && !dataset.places[column].is_category) return column;
  }
  return -1;
}

double ValueOf(const dataset::Dataset& dataset, int column, int shard, int64_t row) {
  if (column < 0) return 0;
  const float value = dataset.shards[shard].numbers[row * dataset.number_columns + dataset.places[column].index];
  return std::isnan(value) ? 0.0 : double{value};
}

}  // namespace clientele::training
