// Keys, quotas and usage on the command line, as far as no server is needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "tests/services/cli/run_command.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(KeysCommandTest, AKeyIsMadeListedAndRevokedInAFile) {
  const testutil::TempDir dir;
  const std::string file = dir.File("keys.json");
  const Ran made =
      RunCommand({"keys", "create", "--file", file, "--tenant", "acme", "--roles", "analyst", "--for", "reports"});
  EXPECT_EQ(made.code, ExitCode::kOk) << made.err;
  EXPECT_THAT(made.out, StartsWith("ck_"));
  EXPECT_THAT(made.err, HasSubstr("--file " + file));
  const Ran listed = RunCommand({"keys", "list", "--file", file, "--output", "csv"});
  const std::string prefix = made.out.substr(0, 11);
  EXPECT_THAT(listed.out, HasSubstr(prefix + ",acme,analyst,reports,"));
  EXPECT_THAT(listed.out, HasSubstr(",holds"));
  EXPECT_THAT(listed.out, Not(HasSubstr(made.out.substr(12, 20))));
  EXPECT_EQ(RunCommand({"keys", "revoke", prefix, "--file", file}).code, ExitCode::kOk);
  EXPECT_THAT(RunCommand({"keys", "list", "--file", file, "--output", "csv"}).out, HasSubstr(",revoked"));
  EXPECT_EQ(RunCommand({"keys", "revoke", "ck_00000000", "--file", file}).code, ExitCode::kNotFound);
}

TEST(KeysCommandTest, KeysAreInAFileOrAtAServer) {
  EXPECT_EQ(RunCommand({"keys", "list"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCommand({"keys", "list", "--file", "a", "--server", "b:1"}).code, ExitCode::kUsage);
}

TEST(KeysCommandTest, AServerThatDoesNotAnswerIsNamed) {
  const Ran ran = RunCommand({"usage", "--server", "127.0.0.1:1", "--timeout", "2s"});
  EXPECT_NE(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.err, HasSubstr("127.0.0.1:1"));
}

TEST(TenantsCommandTest, ATenantIsMadeSuspendedAndResumedInAFile) {
  const testutil::TempDir dir;
  const std::string file = dir.File("tenants.json");
  const Ran made = RunCommand(
      {"tenants", "create", "acme", "--file", file, "--name", "Acme GmbH", "--label", "plan=gold,region=eu"});
  EXPECT_EQ(made.code, ExitCode::kOk) << made.err;
  EXPECT_THAT(made.out, HasSubstr("Acme GmbH"));
  EXPECT_THAT(RunCommand({"tenants", "create", "acme", "--file", file}).err,
              HasSubstr("there is a tenant acme already"));
  EXPECT_THAT(RunCommand({"tenants", "suspend", "acme", "--file", file}).out, HasSubstr("suspended"));
  EXPECT_THAT(RunCommand({"tenants", "list", "--file", file, "--output", "csv"}).out,
              HasSubstr("acme,Acme GmbH,suspended,\"plan=gold, region=eu\","));
  EXPECT_THAT(RunCommand({"tenants", "resume", "acme", "--file", file}).out, HasSubstr("active"));
  EXPECT_EQ(RunCommand({"tenants", "show", "beta", "--file", file}).code, ExitCode::kNotFound);
  EXPECT_NE(RunCommand({"tenants", "create", "acm\xd0\xb5", "--file", file}).code, ExitCode::kOk);
  EXPECT_EQ(RunCommand({"tenants", "list"}).code, ExitCode::kUsage);
}

TEST(KeysCommandTest, WhereTheTenantsAreKnownNobodyElseGetsAKey) {
  const testutil::TempDir dir;
  const std::string tenants = dir.File("tenants.json"), keys = dir.File("keys.json");
  EXPECT_EQ(RunCommand({"tenants", "create", "acme", "--file", tenants}).code, ExitCode::kOk);
  const auto create = [&](const std::string& tenant) {
    return RunCommand(
        {"keys", "create", "--file", keys, "--tenants-file", tenants, "--tenant", tenant, "--roles", "analyst"});
  };
  EXPECT_EQ(create("acme").code, ExitCode::kOk);
  const Ran refused = create("amce");
  EXPECT_EQ(refused.code, ExitCode::kNotFound);
  EXPECT_THAT(refused.err, HasSubstr("there is no tenant amce"));
}

TEST(RetentionCommandTest, SaysWhichKindsThereAreAndWhatToWrite) {
  EXPECT_THAT(RunCommand({"retention", "set", "--keep", "visit=30"}).err, HasSubstr("transaction, interaction"));
  EXPECT_THAT(RunCommand({"retention", "set", "--keep", "interaction=soon"}).err, HasSubstr("interaction=730"));
  EXPECT_EQ(RunCommand({"retention", "set"}).code, ExitCode::kUsage);
}

TEST(QuotasCommandTest, WantsSomethingToSet) {
  const Ran ran = RunCommand({"quotas", "set", "--server", "127.0.0.1:1"});
  EXPECT_THAT(ran.err, HasSubstr("nothing to set"));
  EXPECT_EQ(RunCommand({"quotas", "set", "--server", "127.0.0.1:1", "--weight", "-1"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace clientele::cli
