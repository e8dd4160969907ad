#include "common/auth/tenant_table.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/auth/tenant_file.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using admin::v1::Tenant;
using testutil::IsOk;
using testutil::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

admin::v1::UpdateTenantRequest Suspend(const std::string& id, Tenant::State state = Tenant::STATE_SUSPENDED) {
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name("tenants/" + id);
  request.mutable_tenant()->set_state(state);
  return request;
}

TEST(TenantTableTest, ATenantIsMadeTakenReadAndWrittenAgain) {
  TenantTable table;
  Tenant wanted;
  wanted.set_display_name("Acme GmbH");
  (*wanted.mutable_labels())["plan"] = "gold";
  ASSERT_OK_AND_ASSIGN(const Tenant made, table.Create("acme", wanted, kNow));
  EXPECT_EQ(made.name(), "tenants/acme");
  EXPECT_EQ(made.state(), Tenant::STATE_ACTIVE);
  EXPECT_EQ(made.create_time().seconds(), 1'700'000'000);
  const auto again = table.Create("acme", wanted, kNow);
  EXPECT_THAT(again, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReasonOf(again.status()), "TENANT_EXISTS");
  ASSERT_OK_AND_ASSIGN(const TenantTable read, TenantTable::Parse(table.Format()));
  EXPECT_EQ(read.Get("acme")->DebugString(), made.DebugString());
  EXPECT_EQ(read.Format(), table.Format());
}

TEST(TenantTableTest, OnlyWhoIsThereAndNotSuspendedIsAdmitted) {
  TenantTable table;
  EXPECT_THAT(table.Create("acme", {}, kNow), IsOk());
  EXPECT_THAT(table.Admit("acme"), IsOk());
  EXPECT_EQ(ReasonOf(table.Admit("beta")), "TENANT_NOT_FOUND");
  EXPECT_THAT(table.Update(Suspend("acme"), kNow), IsOk());
  const absl::Status suspended = table.Admit("acme");
  EXPECT_THAT(suspended, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("acme is suspended")));
  EXPECT_EQ(ReasonOf(suspended), "TENANT_SUSPENDED");
  EXPECT_THAT(table.Update(Suspend("acme", Tenant::STATE_ACTIVE), kNow), IsOk());
  EXPECT_THAT(table.Admit("acme"), IsOk());
}

TEST(TenantTableTest, AnUpdateChangesWhatItNamesAndWantsTheNewestEtag) {
  TenantTable table;
  Tenant wanted;
  wanted.set_display_name("Acme");
  (*wanted.mutable_labels())["plan"] = "gold";
  ASSERT_OK_AND_ASSIGN(const Tenant made, table.Create("acme", wanted, kNow));
  admin::v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name("tenants/acme");
  request.mutable_tenant()->set_etag(made.etag());
  request.mutable_update_mask()->add_paths("labels");
  ASSERT_OK_AND_ASSIGN(const Tenant without_labels, table.Update(request, kNow + absl::Seconds(5)));
  EXPECT_TRUE(without_labels.labels().empty());
  EXPECT_EQ(without_labels.display_name(), "Acme");
  EXPECT_EQ(without_labels.update_time().seconds(), 1'700'000'005);
  const auto stale = table.Update(request, kNow);
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(stale.status()), "ETAG_MISMATCH");
  request.mutable_update_mask()->add_paths("name");
  EXPECT_THAT(table.Update(request, kNow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("update_mask")));
  EXPECT_THAT(table.Update(Suspend("beta"), kNow), StatusIs(absl::StatusCode::kNotFound));
}

TEST(TenantTableTest, NamesThatOnlyLookLikeOneAreNone) {
  TenantTable table;
  const std::string longest(63, 'a');
  EXPECT_THAT(table.Create(longest, {}, kNow), IsOk());
  const std::string with_nul("ac\0me", 5);
  for (const std::string& id : {std::string("acm\xd0\xb5"),  // The last letter is Cyrillic.
                                std::string("\xef\xbd\x81\xef\xbd\x83me"), std::string("Acme"), std::string("acme "),
                                std::string("acme\xe2\x80\x8b"), with_nul, std::string(), longest + "a",
                                std::string("-"), std::string("*"), std::string("1acme"), std::string("ac/me")}) {
    EXPECT_THAT(table.Create(id, {}, kNow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tenant_id"))) << id;
    EXPECT_EQ(ReasonOf(table.Admit(id)), "TENANT_NOT_FOUND") << id;
  }
}

TEST(TenantTableTest, LabelsAndNamesAreBounded) {
  TenantTable table;
  Tenant tenant;
  tenant.set_display_name(std::string(201, 'x'));
  EXPECT_THAT(table.Create("a", tenant, kNow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("display_name")));
  tenant.set_display_name("");
  for (const char* key : {"", "Plan", "1plan", "pl an"}) {
    Tenant labelled;
    (*labelled.mutable_labels())[key] = "x";
    EXPECT_THAT(table.Create("a", labelled, kNow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("labels")))
        << key;
  }
  for (int i = 0; i < 65; ++i) (*tenant.mutable_labels())[absl::StrCat("k", i)] = "";
  EXPECT_THAT(table.Create("a", tenant, kNow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("labels")));
}

TEST(TenantTableTest, AFileThatIsNoneIsAnError) {
  for (const char* text : {"[]", "{", R"({"tenants": [{"name": "tenants/Acme"}]})",
                           R"({"tenants": [{"name": "acme"}]})", R"({"tenants": [{"name": "tenants/a"}, {"name": "tenants/a"}]})", R"({"x": 1})"}) {
    EXPECT_THAT(TenantTable::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(TenantTable::Parse("\n"), IsOk());
}

TEST(TenantFileTest, IsMadeWithItsFirstTenant) {
  const testutil::TempDir dir;
  const std::string path = dir.File("tenants.json");
  EXPECT_TRUE(ReadTenantFile(path)->List().tenants().empty());
  EXPECT_THAT(CreateInTenantFile(path, "acme", {}, kNow), IsOk());
  EXPECT_THAT(UpdateInTenantFile(path, Suspend("acme"), kNow), IsOk());
  EXPECT_THAT(UpdateInTenantFile(path, Suspend("beta"), kNow), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const TenantTable table, ReadTenantFile(path));
  EXPECT_EQ(table.Get("acme")->state(), Tenant::STATE_SUSPENDED);
}

}  // namespace
}  // namespace clientele::auth
