#include "common/privacy/opt_outs.h"

#include <gtest/gtest.h>

#include <string>

namespace clientele::privacy {
namespace {

class OptOutsTest : public ::testing::Test {
 protected:
  void Set(const std::string& customer, const std::string& purpose, bool opted_out) {
    opt_outs_.Set(acme_, key_, key_.Of(customer), purpose, opted_out);
  }
  bool Contains(const std::string& customer, const std::string& purpose) {
    return opt_outs_.Contains(acme_, customer, [&] { return purpose; });
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const DigestKey key_ = DigestKey::Draw().value();
  OptOuts opt_outs_;
};

TEST_F(OptOutsTest, AllPurposesStandForEachOther) {
  Set("ada", "", true);
  EXPECT_TRUE(Contains("ada", ""));
  EXPECT_TRUE(Contains("ada", "marketing"));
  Set("ada", "", false);
  EXPECT_FALSE(Contains("ada", "marketing"));
}

TEST_F(OptOutsTest, OnePurposeStandsForItselfAlone) {
  Set("ada", "marketing", true);
  Set("ada", "marketing", true);
  Set("ada", "credit", true);
  EXPECT_TRUE(Contains("ada", "marketing"));
  EXPECT_FALSE(Contains("ada", "retention"));
  EXPECT_FALSE(Contains("ada", "")) << "a model of no purpose";
  Set("ada", "marketing", false);
  EXPECT_FALSE(Contains("ada", "marketing"));
  EXPECT_TRUE(Contains("ada", "credit"));
}

TEST_F(OptOutsTest, ThePurposeIsAskedOnlyOfWhoIsOnTheList) {
  int asked = 0;
  const auto purpose = [&] {
    ++asked;
    return std::string("marketing");
  };
  EXPECT_FALSE(opt_outs_.Contains(acme_, "bob", purpose));
  Set("ada", "credit", true);
  EXPECT_FALSE(opt_outs_.Contains(acme_, "bob", purpose));
  EXPECT_FALSE(opt_outs_.Contains(acme_, "", purpose));
  EXPECT_FALSE(opt_outs_.Contains(*TenantId::Parse("other"), "ada", purpose));
  EXPECT_EQ(asked, 0);
  EXPECT_FALSE(opt_outs_.Contains(acme_, "ada", purpose));
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace clientele::privacy
