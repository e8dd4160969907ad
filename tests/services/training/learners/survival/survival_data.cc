#include "tests/services/training/learners/survival/survival_data.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace clientele::testutil {

using training::survival::CoxFit;
using training::survival::CoxObjective;
using training::survival::Ties;

SurvivalData SurvivalData::Rows(const std::vector<int64_t>& which) const {
  SurvivalData some;
  some.names = names;
  for (const int64_t i : which) {
    some.durations.push_back(durations[i]);
    some.ended.push_back(ended[i]);
    if (!weights.empty()) some.weights.push_back(weights[i]);
    if (!strata.empty()) some.strata.push_back(strata[i]);
    some.columns.insert(some.columns.end(), columns.begin() + i * d(), columns.begin() + (i + 1) * d());
  }
  return some;
}

SurvivalData ReadSurvival(const CsvTable& table, const std::string& duration, const std::string& event,
                          const std::string& ended, const std::vector<std::string>& columns) {
  SurvivalData data;
  data.names = columns;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    std::vector<double> row;
    for (const std::string& column : columns) {
      if (!table.rows[i][table.Column(column)].empty()) row.push_back(table.Number(i, table.Column(column)));
    }
    if (row.size() != columns.size()) continue;
    data.durations.push_back(table.Number(i, table.Column(duration)));
    data.ended.push_back(table.rows[i][table.Column(event)] == ended ? 1 : 0);
    data.columns.insert(data.columns.end(), row.begin(), row.end());
  }
  return data;
}

SurvivalData ReadTelco(const CsvTable& table) {
  SurvivalData data;
  data.names = {"one", "two", "fiber", "auto", "MonthlyCharges", "SeniorCitizen"};
  const auto text = [&](size_t i, absl::string_view name) { return table.rows[i][table.Column(name)]; };
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const double tenure = table.Number(i, table.Column("tenure"));
    if (!(tenure > 0)) continue;
    data.durations.push_back(tenure);
    data.ended.push_back(text(i, "Churn") == "Yes" ? 1 : 0);
    const double row[] = {text(i, "Contract") == "One year" ? 1.0 : 0.0,
                          text(i, "Contract") == "Two year" ? 1.0 : 0.0,
                          text(i, "InternetService") == "Fiber optic" ? 1.0 : 0.0,
                          text(i, "PaymentMethod").find("automatic") != std::string::npos ? 1.0 : 0.0,
                          table.Number(i, table.Column("MonthlyCharges")),
                          table.Number(i, table.Column("SeniorCitizen"))};
    data.columns.insert(data.columns.end(), std::begin(row), std::end(row));
  }
  return data;
}

SurvivalData GenerateSurvival(int64_t n, int d, int ties, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) / 9007199254740992.0; };
  SurvivalData data;
  for (int j = 0; j < d; ++j) data.names.push_back("x" + std::to_string(j));
  for (int64_t i = 0; i < n; ++i) {
    double fit = 0;
    for (int j = 0; j < d; ++j) {
      // The sum of three uniforms is close enough to a normal number.
      const double x = 2 * (uniform() + uniform() + uniform() - 1.5);
      fit += x * (j % 2 == 0 ? 0.5 : -0.5) / (j + 1);
      data.columns.push_back(x);
    }
    const double time = -std::log(uniform()) / std::exp(fit), cut = -2 * std::log(uniform());
    double seen = std::min(time, cut);
    if (ties > 0) seen = std::ceil(seen * ties) / ties;
    data.durations.push_back(seen);
    data.ended.push_back(time <= cut ? 1 : 0);
  }
  return data;
}

SurvivalData ManyRows() {
  SurvivalData data = GenerateSurvival(10000, 3, 50, 11);
  for (int64_t i = 0; i < data.n(); ++i) {
    data.strata.push_back(static_cast<int>(i % 7 < 3 ? 0 : i % 7 < 5 ? 1 : 2));
    data.weights.push_back(i % 5 == 0 ? 0.5 : 1.0 + static_cast<double>(i % 3));
  }
  return data;
}

CoxFit FitOrFail(const SurvivalData& data, Ties ties, double penalty, int threads) {
  CoxObjective objective(data.rows(), data.columns, data.d(), ties, threads, StopToken());
  const auto fit = FitCox(objective, {.l2_penalty = penalty});
  EXPECT_TRUE(fit.ok()) << fit.status();
  return fit.value_or(CoxFit());
}

}  // namespace clientele::testutil
