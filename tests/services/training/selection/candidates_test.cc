#include "services/training/selection/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/training/spec.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::v1::LifetimeValueParameters;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using model::v1::ValueSelectionParameters;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::StatusIs;

TrainingSpec SelectionSpec() {
  TrainingSpec spec = testutil::LifetimeValueSpec(180);
  spec.mutable_value_selection();
  return spec;
}

std::vector<std::string> NamesOf(const TrainingSpec& spec) {
  std::vector<std::string> names;
  for (const ValueCandidate& candidate : CandidatesOf(spec)) names.push_back(candidate.name);
  return names;
}

TEST(CandidatesTest, WithoutAnyTheDefaultOnesAreTried) {
  EXPECT_OK(ValidateSpec(SelectionSpec(), "spec"));
  EXPECT_THAT(NamesOf(SelectionSpec()),
              ElementsAre("BG/NBD lifetime value", "Pareto/NBD lifetime value", "zero-inflated lognormal regression",
                          "Tweedie regression", "hurdle-Gamma regression"));
}

TEST(CandidatesTest, EachHasTheSelectionsSpecWithItsOwnAlgorithm) {
  TrainingSpec spec = SelectionSpec();
  auto* tweedie = spec.mutable_value_selection()->add_candidates();
  tweedie->set_name("mine");
  tweedie->mutable_value_regression()->set_family(ValueRegressionParameters::FAMILY_TWEEDIE);
  const std::vector<ValueCandidate> candidates = CandidatesOf(spec);
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_EQ(candidates[0].name, "mine");
  EXPECT_FALSE(candidates[0].spec.has_value_selection());
  EXPECT_EQ(candidates[0].spec.value_regression().family(), ValueRegressionParameters::FAMILY_TWEEDIE);
  EXPECT_EQ(candidates[0].spec.dataset().SerializeAsString(), spec.dataset().SerializeAsString());
}

TEST(CandidatesTest, ExponentialsSeeCalmNumbersUnlessTheSpecSaysOtherwise) {
  TrainingSpec spec = SelectionSpec();
  spec.mutable_value_selection()->add_candidates()->mutable_value_regression();  // Least squares.
  for (const auto family :
       {ValueRegressionParameters::FAMILY_TWEEDIE, ValueRegressionParameters::FAMILY_HURDLE_GAMMA}) {
    spec.mutable_value_selection()->add_candidates()->mutable_value_regression()->set_family(family);
  }
  std::vector<ValueCandidate> candidates = CandidatesOf(spec);
  EXPECT_FALSE(candidates[0].spec.has_preprocessing());
  for (int i : {1, 2}) {
    EXPECT_TRUE(candidates[i].spec.preprocessing().defaults().log1p());
    EXPECT_EQ(candidates[i].spec.preprocessing().defaults().winsorise_quantile(), 0.005);
  }
  spec.mutable_preprocessing()->mutable_defaults()->set_log1p(false);
  spec.mutable_preprocessing()->mutable_defaults()->set_winsorise_quantile(0);
  candidates = CandidatesOf(spec);
  EXPECT_FALSE(candidates[1].spec.preprocessing().defaults().log1p());
  EXPECT_EQ(candidates[1].spec.preprocessing().defaults().winsorise_quantile(), 0);
}

TEST(CandidatesTest, ADecisionIsByCustomerWhereNoneIsAsked) {
  EXPECT_EQ(DecisionOf({}), ValueSelectionParameters::DECISION_CUSTOMER);
}

TEST(CandidatesTest, ABadFieldIsNamedByItsPath) {
  TrainingSpec spec = SelectionSpec();
  auto* candidate = spec.mutable_value_selection()->add_candidates();
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(ValidateSpec(spec, "spec"),
              StatusIs(kInvalid, HasSubstr("spec.value_selection.candidates[0].parameters")));
  candidate->mutable_lifetime_value()->set_horizon_days(-1);
  EXPECT_THAT(ValidateSpec(spec, "spec"),
              StatusIs(kInvalid, HasSubstr("spec.value_selection.candidates[0].lifetime_value.horizon_days")));
  candidate->mutable_value_regression()->set_l2_penalty(-1);
  EXPECT_THAT(ValidateSpec(spec, "spec"),
              StatusIs(kInvalid, HasSubstr("spec.value_selection.candidates[0].value_regression.l2_penalty")));
  candidate->mutable_value_regression()->set_l2_penalty(0);
  *spec.mutable_value_selection()->add_candidates() = *candidate;
  EXPECT_THAT(ValidateSpec(spec, "spec"), StatusIs(kInvalid, AllOf(HasSubstr("spec.value_selection.candidates[1].name"),
                                                                   HasSubstr("least-squares regression"))));
  spec = SelectionSpec();
  spec.mutable_value_selection()->set_decision(static_cast<ValueSelectionParameters::Decision>(9));
  EXPECT_THAT(ValidateSpec(spec, "spec"), StatusIs(kInvalid, HasSubstr("spec.value_selection.decision")));
  spec = SelectionSpec();
  spec.mutable_dataset()->mutable_label()->mutable_purchases_within()->set_days(90);
  EXPECT_THAT(ValidateSpec(spec, "spec"), StatusIs(kInvalid, HasSubstr("spend_within")));
}

}  // namespace
}  // namespace clientele::training
