#include "services/training/evaluation/lifetime_value/newcomers.h"

#include <algorithm>
#include <map>

namespace clientele::training {
namespace {

constexpr int64_t kMostSampled = 2000;

std::vector<Newcomers> ByAge(const model::LifetimeModel& model, const std::vector<LifetimeRow>& rows) {
  std::map<double, double> counts;
  for (const LifetimeRow& row : rows) {
    if (row.customer.known == model::LifetimeCustomer::Known::kComplete) counts[row.customer.history.age] += 1;
  }
  std::vector<Newcomers> newcomers;
  for (const auto& [age, customers] : counts) newcomers.push_back({model.PurchasesAt({}), age, customers});
  return newcomers;
}

}  // namespace

std::vector<Newcomers> FindNewcomers(const model::LifetimeModel& model, const model::DatasetEncoder& encoder,
                                     const std::vector<LifetimeRow>& rows) {
  if (!model.purchase_parameters().has_covariates()) return ByAge(model, rows);
  const int64_t known = std::count_if(rows.begin(), rows.end(), [](const LifetimeRow& row) {
    return row.customer.known == model::LifetimeCustomer::Known::kComplete;
  });
  const int64_t step = std::max<int64_t>(1, known / kMostSampled);
  const double stands_for = static_cast<double>(known) / static_cast<double>((known + step - 1) / step);
  std::vector<double> columns(encoder.encoder().num_columns());
  std::vector<Newcomers> newcomers;
  int64_t index = 0, seen = 0;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < encoder.dataset().shards[s].rows; ++row) {
      const model::LifetimeCustomer& customer = rows[index++].customer;
      if (customer.known != model::LifetimeCustomer::Known::kComplete || seen++ % step != 0) continue;
      encoder.EncodeRow(s, row, columns.data());
      newcomers.push_back({model.PurchasesOf(columns), customer.history.age, stands_for});
    }
  }
  std::stable_sort(newcomers.begin(), newcomers.end(), [](const auto& a, const auto& b) { return a.age < b.age; });
  return newcomers;
}

}  // namespace clientele::training
