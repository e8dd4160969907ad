#include "services/training/learners/survival/proportionality.h"

#include <cmath>

#include "gtest/gtest.h"
#include "services/training/learners/survival/cox.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using testutil::GenerateSurvival;
using testutil::SurvivalData;

TEST(Proportionality, IsCalmWhereHazardsAreProportionalAndNotWhereTheyCross) {
  SurvivalData data = GenerateSurvival(4000, 2, 0, 59);
  const auto test = [](const SurvivalData& rows) {
    CoxObjective objective(rows.rows(), rows.columns, 2, Ties::kEfron, 1, StopToken());
    const auto fit = FitCox(objective, {});
    EXPECT_TRUE(fit.ok());
    const auto result = TestProportionality(objective, *fit, FitKaplanMeier(rows.rows()));
    EXPECT_TRUE(result.ok());
    return *result;
  };
  EXPECT_LT(test(data).global_chi_squared, 14);
  // Early leavers of one group, late ones of the other.
  for (int64_t i = 0; i < data.n(); ++i) {
    data.columns[2 * i] = static_cast<double>(i % 2);
    if (i % 2 == 1) data.durations[i] = std::pow(data.durations[i], 3);
  }
  EXPECT_GT(test(data).chi_squared[0], 50);
}

}  // namespace
}  // namespace clientele::training::survival
