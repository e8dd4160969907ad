// Survival data for tests: public sets with the columns a model is of, and generated ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/training/learners/survival/cox.h"
#include "services/training/learners/survival/rows.h"
#include "tests/services/training/support/public_data.h"

namespace clientele::testutil {

struct SurvivalData {
  std::vector<std::string> names;  // [d]
  std::vector<double> durations;
  std::vector<uint8_t> ended;
  std::vector<double> columns;  // [n x d]
  std::vector<double> weights;
  std::vector<int> strata;

  int d() const { return static_cast<int>(names.size()); }
  int64_t n() const { return static_cast<int64_t>(durations.size()); }
  training::survival::Rows rows() const { return {durations, ended, weights, strata}; }
  // The rows in another order, or some of them, or some twice.
  SurvivalData Rows(const std::vector<int64_t>& which) const;
};

// Of a table: duration and event columns, the value that means "ended", and number columns; rows where one is missing
// are left out.
SurvivalData ReadSurvival(const CsvTable& table, const std::string& duration, const std::string& event,
                          const std::string& ended, const std::vector<std::string>& columns);

// Telco's contract, payment and service, as the reference model has them; customers with a tenure above 0.
SurvivalData ReadTelco(const CsvTable& table);

// n rows of d standard columns, exponential times with log hazard x b, b_j = 0.5 / (j + 1) with alternating sign, a
// third or so censored. `ties` > 0 rounds the times up to that many a unit.
SurvivalData GenerateSurvival(int64_t n, int d, int ties, uint64_t seed);

// 10,000 rows in three strata with weights: more than one block, and strata that end inside of one.
SurvivalData ManyRows();

// The fit, or a failed expectation.
training::survival::CoxFit FitOrFail(const SurvivalData& data, training::survival::Ties ties, double penalty = 0,
                                     int threads = 1);

}  // namespace clientele::testutil
