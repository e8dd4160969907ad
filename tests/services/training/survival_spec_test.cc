// What a survival spec may say.
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/spec.h"
#include "tests/services/training/small_survival_spec.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using model::v1::SurvivalParameters;
using model::v1::TrainingSpec;
using ::testing::HasSubstr;
using testutil::SmallSpec;
using testutil::StatusIs;

TEST(SurvivalSpec, NamesTheFirstFieldThatIsWrong) {
  const auto expect = [](const std::function<void(TrainingSpec&)>& spoil, const std::string& message) {
    TrainingSpec spec = SmallSpec();
    ASSERT_OK(ValidateSpec(spec, "spec"));
    spoil(spec);
    EXPECT_THAT(ValidateSpec(spec, "spec"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  };
  expect([](auto& s) { s.mutable_survival()->clear_duration_feature(); }, "spec.survival.duration_feature");
  expect([](auto& s) { s.mutable_survival()->set_event_feature("gone"); }, "spec.survival.event_feature");
  expect([](auto& s) { s.mutable_survival()->set_event_feature("t"); }, "is the duration_feature too");
  expect([](auto& s) { s.mutable_survival()->add_event_values(""); }, "spec.survival.event_values[0]");
  expect([](auto& s) { s.mutable_survival()->set_strata_feature("gone"); }, "spec.survival.strata_feature");
  expect([](auto& s) { s.mutable_survival()->add_horizons(0); }, "spec.survival.horizons[0]");
  expect(
      [](auto& s) {
        s.mutable_survival()->add_horizons(2);
        s.mutable_survival()->add_horizons(2);
      },
      "spec.survival.horizons[1]");
  expect([](auto& s) { s.mutable_survival()->set_l2_penalty(-1); }, "spec.survival.l2_penalty");
  expect([](auto& s) { s.mutable_survival()->set_max_iterations(1001); }, "spec.survival.max_iterations");
  expect([](auto& s) { s.mutable_survival()->set_interval_coverage(1); }, "spec.survival.interval_coverage");
  expect([](auto& s) { s.mutable_survival()->set_period_discount_rate(1e-9); }, "spec.survival.period_discount_rate");
  expect(
      [](auto& s) {
        s.mutable_survival()->set_method(SurvivalParameters::METHOD_WEIBULL);
        s.mutable_survival()->set_strata_feature("x");
      },
      "spec.survival.strata_feature");
  expect([](auto& s) { s.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(30); }, "dataset.label");
}

}  // namespace
}  // namespace clientele::training
