// `audit verify` of an exported log, which asks no server, and how entries are shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/audit/chain.h"
#include "common/base/timestamps.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/output/audit_view.h"
#include "tests/services/cli/run_command.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using audit::Entry;
using ::testing::HasSubstr;

std::vector<Entry> Chain(const std::string& service, int count) {
  std::vector<Entry> entries;
  audit::Head head;
  for (int i = 1; i <= count; ++i) {
    Entry& entry = entries.emplace_back();
    entry.set_program("clientele-" + service);
    *entry.mutable_time() = ToProto(absl::FromUnixSeconds(1'700'000'000));
    entry.set_event(Entry::EVENT_ENDED);
    entry.set_principal("tim");
    entry.set_method("clientele.inference.v1.ModelService/SetModelAlias");
    entry.add_resources("tenants/demo/models/churn/aliases/champion");
    entry.set_code("OK");
    audit::Link("demo", head, entry);
    head = {i, entry.hash()};
  }
  return entries;
}

std::string Export(const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    std::string line;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(entry, &line).ok());
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

class AuditCommandTest : public ::testing::Test {
 protected:
  Ran Verify(const std::string& text, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"audit", "verify", "--file", dir_.Write("log", text), "--output", "csv"});
    return RunCommand(arguments);
  }
  testutil::TempDir dir_;
};

TEST_F(AuditCommandTest, AnExportedLogIsVerifiedWithoutAServer) {
  const auto training = Chain("training", 3);
  const Ran ran = Verify(Export(Chain("ingestion", 2)) + Export(training));
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("ingestion,2,,whole,ingestion=2:"));
  EXPECT_THAT(ran.out, HasSubstr("training,3,,whole,training=3:" + training[2].hash()));
}

TEST_F(AuditCommandTest, AChangedLogIsFoundOutAndSaysWhere) {
  auto entries = Chain("training", 3);
  entries[1].set_principal("tom");
  const Ran ran = Verify(Export(entries));
  EXPECT_EQ(ran.code, ExitCode::kFailed);
  EXPECT_THAT(ran.out, HasSubstr("training,1,2,"));
  EXPECT_THAT(ran.out, HasSubstr("entry 2 was changed"));
  EXPECT_THAT(ran.err, HasSubstr("not what was written"));
}

TEST_F(AuditCommandTest, ANotedHeadTellsThatTheEndWasCutOff) {
  const auto entries = Chain("training", 3);
  const std::string head = "training=3:" + entries[2].hash();
  EXPECT_EQ(Verify(Export(entries), {"--head", head}).code, ExitCode::kOk);
  EXPECT_EQ(Verify(Export({entries.begin(), entries.begin() + 2})).code, ExitCode::kOk);
  const Ran cut = Verify(Export({entries.begin(), entries.begin() + 2}), {"--head", head});
  EXPECT_EQ(cut.code, ExitCode::kFailed);
  EXPECT_THAT(cut.out, HasSubstr("noted with 3 entries"));
  const Ran gone = Verify(Export(entries), {"--head", "ingestion=9:" + entries[2].hash()});
  EXPECT_EQ(gone.code, ExitCode::kFailed);
  EXPECT_THAT(gone.out, HasSubstr("ingestion,0,1,")) << "all of a log that was noted is gone";
}

TEST_F(AuditCommandTest, SaysWhatIsWrongWithItsArguments) {
  const std::string text = Export(Chain("training", 1));
  EXPECT_THAT(Verify(text, {"--head", "training=3"}).err, HasSubstr("64 hex digits"));
  EXPECT_THAT(Verify(text, {"--head", "3:" + std::string(64, 'a')}).err, HasSubstr("say whose it is"));
  EXPECT_THAT(Verify(text, {"--service", "training", "--head", "ingestion=3:" + std::string(64, 'a')}).err,
              HasSubstr("--service does not name it"));
  EXPECT_THAT(Verify("{}\nnonsense\n").err, HasSubstr("line 2 is no entry"));
  EXPECT_EQ(RunCommand({"audit", "verify", "--file", dir_.File("none")}).code, ExitCode::kNotFound);
  EXPECT_THAT(RunCommand({"audit", "verify", "--help"}).out, HasSubstr("netstring"));
}

TEST(AuditViewTest, ARowSaysWhoDidWhatAndWhatCameOfIt) {
  std::vector<Entry> entries = Chain("training", 5);
  entries[1].set_code("ABORTED");
  entries[1].set_reason("ETAG_MISMATCH");
  entries[2].set_event(Entry::EVENT_REFUSED);
  entries[2].set_reason("CREDENTIAL_INVALID");
  entries[2].clear_principal();
  entries[2].set_address("ipv4:10.0.0.7:5000");
  entries[2].set_left_out_count(12);
  entries[3].set_event(Entry::EVENT_INTERRUPTED);
  entries[4] = Entry();
  const std::string text = RenderTable(AuditTable(entries), {});
  EXPECT_THAT(text, HasSubstr("2023-11-14 22:13:20"));
  EXPECT_THAT(text, HasSubstr("SetModelAlias"));
  EXPECT_THAT(text, HasSubstr("  models/churn/aliases/champion"));
  EXPECT_THAT(text, HasSubstr("done"));
  EXPECT_THAT(text, HasSubstr("failed: ETAG_MISMATCH"));
  EXPECT_THAT(text, HasSubstr("ipv4:10.0.0.7:5000"));
  EXPECT_THAT(text, HasSubstr("refused: CREDENTIAL_INVALID; 12 more left out before"));
  EXPECT_THAT(text, HasSubstr("interrupted"));
  EXPECT_THAT(text, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace clientele::cli
