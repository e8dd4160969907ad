#include "services/inference/traffic/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using testutil::StatusIs;

const ModelName kChurn{*TenantId::Parse("acme"), "churn"};
constexpr absl::string_view kModel = "tenants/acme/models/churn";

v1::ModelTraffic Canary(double weight, absl::string_view salt = "") {
  v1::ModelTraffic message;
  v1::TrafficArm& canary = *message.add_arms();
  canary.set_arm("canary");
  canary.set_target(absl::StrCat(kModel, "/versions/2"));
  canary.set_weight(weight);
  v1::TrafficArm& rest = *message.add_arms();
  rest.set_arm("rest");
  rest.set_target(absl::StrCat(kModel, "/aliases/champion"));
  rest.set_weight(100 - weight);
  message.set_salt(std::string(salt));
  return message;
}

std::map<std::string, std::string> Arms(const v1::ModelTraffic& message, int customers) {
  const auto traffic = ParseTraffic("traffic", kChurn, message);
  EXPECT_OK(traffic);
  std::map<std::string, std::string> arms;
  for (int i = 0; i < customers; ++i) {
    const std::string customer = absl::StrCat("C", i);
    arms[customer] = ArmOf(*traffic, kChurn, customer)->id;
  }
  return arms;
}

int Count(const std::map<std::string, std::string>& arms, absl::string_view arm) {
  int count = 0;
  for (const auto& [customer, in] : arms) count += in == arm;
  return count;
}

TEST(ArmOfTest, SharesOutInProportion) {
  // 20,000 draws of 0.1: a deviation of 42.
  EXPECT_NEAR(Count(Arms(Canary(10), 20'000), "canary"), 2000, 4.5 * 42);
  EXPECT_EQ(Count(Arms(Canary(100), 1000), "canary"), 1000);
  EXPECT_EQ(Count(Arms(Canary(0), 1000), "canary"), 0);
}

TEST(ArmOfTest, AnArmThatGrowsKeepsItsCustomers) {
  const auto small = Arms(Canary(5), 5000), large = Arms(Canary(20), 5000);
  for (const auto& [customer, arm] : small) {
    if (arm == "canary") {
      EXPECT_EQ(large.at(customer), "canary") << customer;
    }
  }
}

TEST(ArmOfTest, AnotherSaltDealsAnew) {
  const auto one = Arms(Canary(50), 2000), other = Arms(Canary(50, "spring"), 2000);
  int moved = 0;
  for (const auto& [customer, arm] : one) moved += other.at(customer) != arm;
  EXPECT_NEAR(moved, 1000, 4.5 * 23);
}

TEST(ArmOfTest, TheDealIsTheSameForEver) {
  const auto traffic = ParseTraffic("traffic", kChurn, Canary(50));
  ASSERT_OK(traffic);
  std::string arms;
  for (int i = 0; i < 16; ++i) arms += ArmOf(*traffic, kChurn, absl::StrCat("C", i))->id[0];
  EXPECT_EQ(arms, "crrrccccrrrrcccc");
}

TEST(ParseTrafficTest, NamesTheFieldThatIsWrong) {
  const auto field = [](const v1::ModelTraffic& message) {
    const absl::Status status = ParseTraffic("traffic", kChurn, message).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    return std::string(status.message().substr(0, status.message().find(':')));
  };
  v1::ModelTraffic message = Canary(10);
  message.mutable_arms(0)->set_weight(-1);
  EXPECT_EQ(field(message), "traffic.arms[0].weight");
  message = Canary(10);
  message.mutable_arms(1)->set_arm("canary");
  EXPECT_EQ(field(message), "traffic.arms[1].arm");
  message = Canary(10);
  message.mutable_arms(0)->set_target("tenants/bolt/models/churn/versions/1");
  EXPECT_EQ(field(message), "traffic.arms[0].target");
  message = Canary(10);
  message.mutable_arms(0)->set_target("tenants/acme/models/churn");
  EXPECT_EQ(field(message), "traffic.arms[0].target");
  message = Canary(0);
  message.mutable_arms(1)->set_weight(0);
  EXPECT_EQ(field(message), "traffic.arms");
  message = Canary(10, std::string(65, 's'));
  EXPECT_EQ(field(message), "traffic.salt");
  message = Canary(10);
  message.mutable_shadow()->set_target(absl::StrCat(kModel, "/versions/3"));
  for (const double share : {0.0, -0.5, 1.01, std::nan("")}) {
    message.mutable_shadow()->set_share(share);
    EXPECT_EQ(field(message), "traffic.shadow.share") << share;
  }
  message.mutable_shadow()->set_share(0.5);
  message.mutable_shadow()->set_target("tenants/bolt/models/churn/versions/1");
  EXPECT_EQ(field(message), "traffic.shadow.target");
}

TEST(ParseTrafficTest, AShadowNeedsNoArms) {
  v1::ModelTraffic message;
  message.mutable_shadow()->set_target(absl::StrCat(kModel, "/aliases/challenger"));
  message.mutable_shadow()->set_share(1);
  const auto traffic = ParseTraffic("traffic", kChurn, message);
  ASSERT_OK(traffic);
  EXPECT_TRUE(traffic->arms.empty());
  ASSERT_TRUE(traffic->shadow.has_value());
  EXPECT_EQ(traffic->shadow->alias, "challenger");
}

TEST(ParseTrafficTest, AnArmWithoutWeightIsNobodysAndStillKnown) {
  v1::ModelTraffic message = Canary(0);
  const auto traffic = ParseTraffic("traffic", kChurn, message);
  ASSERT_OK(traffic);
  ASSERT_EQ(traffic->arms.size(), 2u);
  EXPECT_EQ(traffic->arms[0].until, 0);
  EXPECT_EQ(traffic->arms[1].until, 1);
}

}  // namespace
}  // namespace clientele::inference
