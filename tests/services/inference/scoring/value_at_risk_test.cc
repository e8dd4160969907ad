#include "services/inference/scoring/value_at_risk.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::TrainingSpec;

// A customer's scores, by models in the order of their names.
class ValueAtRiskTest : public ::testing::Test {
 protected:
  v1::Score& Add(const std::string& model, const TrainingSpec& spec) {
    specs_.push_back(std::make_unique<TrainingSpec>(spec));
    v1::ScoreResponse& response = *response_.add_scores();
    response.set_model_version(absl::StrCat("tenants/acme/models/", model, "/versions/1"));
    return *response.mutable_score();
  }
  void AddChurn(const std::string& model, double probability, const TrainingSpec& spec) {
    Add(model, spec).mutable_probability()->set_probability(probability);
  }
  void AddValue(const std::string& model, double value) {
    TrainingSpec spec;
    spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(90);
    auto& predicted = *Add(model, spec).mutable_value();
    predicted.set_value(value);
    predicted.set_currency_code("GBP");
  }
  void AddLifetimeValue(const std::string& model, double value) {
    auto& lifetime = *Add(model, {}).mutable_lifetime_value();
    lifetime.mutable_predicted_value()->set_value(value);
    lifetime.set_currency_code("EUR");
  }
  static TrainingSpec NoPurchase() {
    TrainingSpec spec;
    spec.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
    return spec;
  }
  const v1::ScoreCustomerResponse& Set() {
    std::vector<const TrainingSpec*> specs;
    for (const auto& spec : specs_) specs.push_back(spec.get());
    SetValueAtRisk(specs, response_);
    return response_;
  }

  std::vector<std::unique_ptr<TrainingSpec>> specs_;
  v1::ScoreCustomerResponse response_;
};

TEST_F(ValueAtRiskTest, IsTheProbabilityOfLeavingTimesTheValueExpected) {
  AddChurn("churn", 0.25, NoPurchase());
  AddValue("value", 400);
  const auto& risk = Set().value_at_risk();
  EXPECT_EQ(risk.amount(), 100);
  EXPECT_EQ(risk.currency_code(), "GBP");
  EXPECT_EQ(risk.churn_probability(), 0.25);
  EXPECT_EQ(risk.expected_value(), 400);
  EXPECT_EQ(risk.churn_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(risk.value_version(), "tenants/acme/models/value/versions/1");
}

TEST_F(ValueAtRiskTest, AProbabilityOfBuyingIsNoChurn) {
  TrainingSpec spec;
  spec.mutable_dataset()->mutable_label()->mutable_purchase_within()->set_days(90);
  AddChurn("buyers", 0.9, spec);
  AddValue("value", 400);
  EXPECT_FALSE(Set().has_value_at_risk());
}

TEST_F(ValueAtRiskTest, NoPurchaseWinsOverAnOutcomeNamedChurn) {
  TrainingSpec outcome;
  outcome.mutable_dataset()->mutable_label()->mutable_outcome()->set_outcome("churned");
  AddChurn("a", 0.9, outcome);
  AddChurn("b", 0.5, NoPurchase());
  AddValue("value", 100);
  EXPECT_EQ(Set().value_at_risk().amount(), 50);
}

TEST_F(ValueAtRiskTest, AnAttributeNamedChurnIsTakenWhereThereIsNothingBetter) {
  TrainingSpec attribute;
  attribute.mutable_dataset()->mutable_label()->mutable_attribute()->set_attribute("Churn");
  AddChurn("a", 0.9, attribute);
  AddValue("value", 100);
  EXPECT_EQ(Set().value_at_risk().amount(), 90);
}

TEST_F(ValueAtRiskTest, LifetimeValueWinsOverARegression) {
  AddChurn("churn", 0.5, NoPurchase());
  AddLifetimeValue("lifetime", 1000);
  AddValue("value", 100);
  EXPECT_EQ(Set().value_at_risk().amount(), 500);
  EXPECT_EQ(Set().value_at_risk().currency_code(), "EUR");
}

TEST_F(ValueAtRiskTest, OfSeveralTheOneNamedForThePurposeIsTakenElseTheFirst) {
  AddValue("a-value", 1);
  AddValue("b-value", 2);
  AddChurn("b-churn", 0.5, NoPurchase());
  AddChurn("churn", 0.25, NoPurchase());
  const auto& risk = Set().value_at_risk();
  EXPECT_EQ(risk.churn_probability(), 0.25);
  EXPECT_EQ(risk.expected_value(), 1);
}

}  // namespace
}  // namespace clientele::inference
