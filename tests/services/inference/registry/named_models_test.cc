#include "services/inference/registry/named_models.h"

#include <gmock/gmock.h>

#include "tests/services/inference/registry/registry_fixture.h"

namespace clientele::inference {
namespace {

using testutil::StatusIs;

constexpr char kChurn[] = "tenants/acme/models/churn";

class NamedModelsTest : public RegistryFixture {
 protected:
  absl::StatusOr<std::shared_ptr<const NamedModel>> Named(const std::string& name) {
    return ResolveName(*registry_->Get(), "name", name);
  }
};

TEST_F(NamedModelsTest, ANameIsTakenApartOnceACatalogue) {
  PublishChurn(-1);
  ASSERT_OK_AND_ASSIGN(const auto first, Named(kChurn));
  EXPECT_EQ(first->reference.tenant, acme_);
  EXPECT_TRUE(first->reference.by_model);
  EXPECT_EQ(first->found.version->number, 1);
  EXPECT_EQ(first->found.alias, "champion");
  EXPECT_EQ(Named(kChurn).value(), first);
  EXPECT_NE(Named(std::string(kChurn) + "/versions/1").value(), first);
  PublishChurn(-2);
  ASSERT_OK_AND_ASSIGN(const auto second, Named(kChurn));
  EXPECT_EQ(second->found.version->number, 2);
  EXPECT_EQ(first->found.version->number, 1) << "who holds the first ends on it what it began";
}

TEST_F(NamedModelsTest, WhatIsNotThereOrCannotScoreIsNotKept) {
  PublishChurn(-1);
  PublishChurn(-2);
  PublishChurn(-3);
  ASSERT_OK(registry_->Delete({acme_, "churn", 1}, "a test", "a test"));
  const auto catalogue = registry_->Get();
  const std::string deleted = std::string(kChurn) + "/versions/1", unknown = std::string(kChurn) + "/versions/9";
  ASSERT_OK_AND_ASSIGN(const auto tombstone, ResolveName(*catalogue, "name", deleted));
  EXPECT_EQ(tombstone->found.version->metadata.state(), v1::ModelVersion::STATE_DELETED);
  EXPECT_THAT(ResolveName(*catalogue, "name", unknown), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ResolveName(*catalogue, "name", "churn"), StatusIs(absl::StatusCode::kInvalidArgument));
  for (const std::string& name : {deleted, unknown, std::string("churn")}) {
    EXPECT_EQ(catalogue->named.Find(name), nullptr) << name;
  }
  ASSERT_OK(ResolveName(*catalogue, "name", kChurn).status());
  EXPECT_NE(catalogue->named.Find(kChurn), nullptr);
}

}  // namespace
}  // namespace clientele::inference
