// The command line as a user meets it: help, errors, exit codes, and what needs no service.
#include "services/cli/app.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "services/cli/commands/context.h"
#include "services/cli/local/process.h"
#include "services/cli/report/score_everybody.h"
#include "tests/services/cli/run_command.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testutil::IsOkAndHolds;
using testutil::StatusIs;

TEST(AppTest, HelpNamesEveryCommandAndTheExitCodes) {
  const Ran ran = RunCommand({"--help"});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  for (const char* command : {"up", "down", "status", "sample", "import", "customers", "features", "settings", "train",
                              "jobs", "models", "score", "report"}) {
    EXPECT_THAT(ran.out, HasSubstr(std::string("\n  ") + command + " ")) << ran.out;
  }
  EXPECT_THAT(ran.out, AllOf(HasSubstr("Exit codes: 0 done"), HasSubstr("--tenant"), HasSubstr("--output")));
}

class HelpTest : public testing::TestWithParam<const char*> {};

// Every command explains itself; none explains nothing.
TEST_P(HelpTest, SaysWhatItDoes) {
  std::vector<std::string> arguments = absl::StrSplit(GetParam(), ' ');
  arguments.push_back("--help");
  const Ran ran = RunCommand(arguments);
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.err, IsEmpty());
  const std::string first_line = ran.out.substr(0, ran.out.find('\n'));
  EXPECT_GT(first_line.size(), 10u) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("Usage:"));
  for (absl::string_view line : absl::StrSplit(ran.out, '\n')) EXPECT_LE(line.size(), 140u) << line;
}

INSTANTIATE_TEST_SUITE_P(Commands, HelpTest,
                         testing::Values("up", "down", "status", "sample", "import", "import transactions",
                                         "import profiles", "import interactions", "import feedback", "customers",
                                         "customers list", "customers show", "customers timeline", "features",
                                         "features list", "features get", "features create", "settings",
                                         "settings show", "settings set", "train", "jobs", "jobs list", "jobs show",
                                         "jobs watch", "jobs cancel", "models", "models list", "models show",
                                         "models versions", "models promote", "models rollback", "models update",
                                         "models delete", "score", "report",
                                         "report segments", "report churn", "report value-at-risk", "report quality",
                                         "report rejected", "report model"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name) c = absl::ascii_isalnum(c) ? c : '_';
                           return name;
                         });

TEST(AppTest, WrongUsageEndsWithTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"dance"},
                                             {"import"},
                                             {"import", "transactions"},
                                             {"customers", "show"},
                                             {"--output", "xml", "status"},
                                             {"jobs", "list", "--limit", "-3"},
                                             {"score"},
                                             {"score", "C1", "--all"},
                                             {"status", "--tenant", "No Such"},
                                             {"status", "--timeout", "soon"},
                                             {"settings", "set", "--nothing"}}) {
    const Ran ran = RunCommand(arguments);
    EXPECT_EQ(ran.code, ExitCode::kUsage) << testing::PrintToString(arguments) << ran.err;
    EXPECT_THAT(ran.err, Not(IsEmpty()));
  }
}

TEST(AppTest, SaysWhatToDoWhereNoServiceAnswers) {
  // Port 1 is nobody's.
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"customers", "list", "--ingestion", "127.0.0.1:1"},
                                             {"models", "list", "--inference", "127.0.0.1:1"},
                                             {"jobs", "list", "--training", "127.0.0.1:1"}}) {
    const Ran ran = RunCommand(arguments);
    EXPECT_EQ(ran.code, ExitCode::kUnavailable) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("does not answer at 127.0.0.1:1"), HasSubstr("`clientele up`")));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST(AppTest, DryRunShowsRecordsAndSendsNothing) {
  const testutil::TempDir directory;
  const std::string file = directory.Write("orders.csv", "customer_id,date,spend,note\n7,1997-01-01,11.77,x\n");
  const Ran ran = RunCommand({"import", "transactions", file, "--dry-run", "--ingestion", "127.0.0.1:1"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"recordId\": \"orders:1\""), HasSubstr("\"amountMicros\": \"11770000\""),
                             HasSubstr("\"source\": \"csv.transactions\"")));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("Guessed: customer_id=customer_id"), HasSubstr("Unused:  note")));
}

TEST(AppTest, MapTakesSeveralFieldsWithCommas) {
  const testutil::TempDir directory;
  const std::string file = directory.Write("orders.csv", "who,when,pieces,price\n7,1997-01-01,3,1.10\n");
  const Ran ran = RunCommand({"import", "transactions", file, "--dry-run", "--map",
                              "customer_id=who,event_time=when,amount=pieces*price", "--currency", "GBP"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"amountMicros\": \"3300000\""), HasSubstr("\"currencyCode\": \"GBP\"")));
}

TEST(AppTest, AFileThatIsNotThereEndsWithFour) {
  const Ran ran = RunCommand({"import", "feedback", "/no/such/file.csv"});
  EXPECT_EQ(ran.code, ExitCode::kNotFound);
  EXPECT_THAT(ran.err, HasSubstr("/no/such/file.csv"));
}

TEST(AppTest, DownWithoutUpStopsNothing) {
  const testutil::TempDir directory;
  // A pid file that names a process of somebody else's: this very test.
  const std::string run = directory.path() + "/run";
  ASSERT_EQ(mkdir(run.c_str(), 0755), 0);
  ASSERT_OK(WriteFile(run + "/ingestion.pid", std::to_string(getpid())));
  const Ran ran = RunCommand({"down", "--dir", directory.path()});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("was not running"));
}

TEST(AppTest, UpSaysWhichProgramIsMissing) {
  const testutil::TempDir directory;
  const Ran ran = RunCommand({"up", "--dir", directory.path(), "--programs", directory.path(), "--port-base", "1000"});
  EXPECT_EQ(ran.code, ExitCode::kNotFound);
  EXPECT_THAT(ran.err, HasSubstr("clientele-ingestion"));
}

// A socket that listens on a port of its own.
class Listener {
 public:
  Listener() : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(descriptor_, 1), 0);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(descriptor_); }
  int port() const { return port_; }

 private:
  const int descriptor_;
  int port_ = 0;
};

// Three programs that end at once: copies of one that does not know our flags.
std::string MakePrograms(const testutil::TempDir& directory) {
  for (absl::string_view service : kServices) {
    std::filesystem::copy_file("/bin/sleep", directory.File(absl::StrCat("clientele-", service)));
  }
  return directory.path();
}

TEST(AppTest, UpSaysWhichPortIsTaken) {
  const testutil::TempDir directory;
  const Listener listener;
  const Ran ran = RunCommand({"up", "--dir", directory.File("data"), "--programs", MakePrograms(directory),
                              "--ingestion-port", absl::StrCat(listener.port())});
  EXPECT_EQ(ran.code, ExitCode::kRefused) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr(absl::StrCat("port ", listener.port())), HasSubstr("--ingestion-port")));
  EXPECT_FALSE(std::filesystem::exists(directory.File("data/run/ingestion.pid")));
}

TEST(AppTest, UpShowsTheLogOfAProgramThatEnds) {
  const testutil::TempDir directory;
  const Ran ran = RunCommand({"up", "--dir", directory.File("data"), "--programs", MakePrograms(directory)});
  // Where this machine already has the default ports in use, up says that instead.
  if (ran.code == ExitCode::kRefused) GTEST_SKIP() << ran.err;
  EXPECT_EQ(ran.code, ExitCode::kFailed) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("clientele-ingestion ended"), HasSubstr("--data-directory")));
  for (absl::string_view service : kServices) {
    EXPECT_FALSE(std::filesystem::exists(directory.File(absl::StrCat("data/run/", service, ".pid"))));
  }
}

TEST(ParseInstantTest, ReadsWhatPeopleWrite) {
  const absl::Time now = absl::FromCivil(absl::CivilSecond(2026, 11, 1, 15, 30), absl::UTCTimeZone());
  const auto day = [](int y, int m, int d) { return absl::FromCivil(absl::CivilDay(y, m, d), absl::UTCTimeZone()); };
  EXPECT_THAT(ParseInstant("now", now), IsOkAndHolds(now));
  EXPECT_THAT(ParseInstant("today", now), IsOkAndHolds(day(2026, 11, 1)));
  EXPECT_THAT(ParseInstant("31 days ago", now), IsOkAndHolds(day(2026, 10, 1)));
  EXPECT_THAT(ParseInstant("1997-09-30", now), IsOkAndHolds(day(1997, 9, 30)));
  EXPECT_THAT(ParseInstant("2026-01-02T03:04:05+01:00", now),
              IsOkAndHolds(absl::FromCivil(absl::CivilSecond(2026, 1, 2, 2, 4, 5), absl::UTCTimeZone())));
  for (const char* bad : {"", "soon", "30/09/1997", "x days ago"}) {
    EXPECT_THAT(ParseInstant(bad, now), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

inference::v1::Model MakeModel(const std::string& id, inference::v1::Algorithm algorithm) {
  inference::v1::Model model;
  model.set_name("tenants/demo/models/" + id);
  model.set_algorithm(algorithm);
  return model;
}

TEST(ChooseModelsTest, TakesTheOneOfTheNameElseTheOnlyOne) {
  using namespace inference::v1;  // NOLINT
  const std::vector<Model> models = {MakeModel("churn", ALGORITHM_LOGISTIC_REGRESSION),
                                     MakeModel("upsell", ALGORITHM_LOGISTIC_REGRESSION),
                                     MakeModel("worth", ALGORITHM_VALUE_REGRESSION)};
  ASSERT_OK_AND_ASSIGN(const ReportModels chosen, ChooseModels(models, {}));
  EXPECT_EQ(chosen.churn, "tenants/demo/models/churn");
  EXPECT_EQ(chosen.value, "tenants/demo/models/worth");
  EXPECT_EQ(chosen.segments, "");
  ASSERT_OK_AND_ASSIGN(const ReportModels asked,
                       ChooseModels(models, {.segments = "", .churn = "upsell", .value = ""}));
  EXPECT_EQ(asked.churn, "tenants/demo/models/upsell");
  EXPECT_THAT(ChooseModels(models, {.segments = "", .churn = "worth", .value = ""}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("churn, upsell")));
  const std::vector<Model> two = {MakeModel("a", ALGORITHM_KMEANS), MakeModel("b", ALGORITHM_KMEANS)};
  EXPECT_THAT(ChooseModels(two, {}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--segments-model: a, b")));
  const std::vector<Model> both = {MakeModel("a", ALGORITHM_KMEANS), MakeModel("rfm", ALGORITHM_RFM)};
  EXPECT_EQ(ChooseModels(both, {})->segments, "tenants/demo/models/a");
  EXPECT_EQ(ChooseModels(both, {.segments = "rfm", .churn = "", .value = ""})->segments, "tenants/demo/models/rfm");
  EXPECT_EQ(ChooseModels({both[1]}, {})->segments, "tenants/demo/models/rfm");
  const std::vector<Model> worth = {models[2], MakeModel("lifetime", ALGORITHM_LIFETIME_VALUE)};
  EXPECT_EQ(ChooseModels(worth, {})->value, "tenants/demo/models/lifetime");  // As ScoreCustomer's value at risk.
  EXPECT_EQ(ChooseModels(worth, {.segments = "", .churn = "", .value = "worth"})->value, "tenants/demo/models/worth");
  EXPECT_EQ(ChooseModels({worth[1]}, {})->value, "tenants/demo/models/lifetime");
  const std::vector<Model> stay = {models[0], MakeModel("tenure", ALGORITHM_SURVIVAL)};
  EXPECT_EQ(ChooseModels(stay, {})->survival, "tenants/demo/models/tenure");
  EXPECT_TRUE(ChooseModels({stay[1]}, {})->any());
}

TEST(ProcessTest, FindsAProcessOfOursAlone) {
  sigset_t terminate, before;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &terminate, &before);  // What blocks it here must not do so there.
  const testutil::TempDir directory;
  const std::string pid_file = directory.File("x.pid");
  ASSERT_OK_AND_ASSIGN(const pid_t pid, StartDetached("/bin/sleep", {"61.5"}, directory.File("log")));
  ASSERT_OK(WriteFile(pid_file, std::to_string(pid)));
  // A process has its arguments a moment after it has its program.
  for (int tries = 0; tries < 5'000 && !FindProcess(pid_file, "sleep", "61.5"); ++tries) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(FindProcess(pid_file, "sleep", "61.5"), pid);
  EXPECT_EQ(FindProcess(pid_file, "sleep", "62"), std::nullopt);
  EXPECT_EQ(FindProcess(pid_file, "clientele-ingestion", "61.5"), std::nullopt);
  EXPECT_FALSE(ChildEnded(pid));
  EXPECT_OK(Terminate(pid, absl::Seconds(20)));
  EXPECT_TRUE(ChildEnded(pid));
  EXPECT_EQ(FindProcess(pid_file, "sleep", "61.5"), std::nullopt);
  EXPECT_THAT(Terminate(pid, absl::Seconds(1)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(StartDetached(directory.File("none"), {}, directory.File("log")), StatusIs(absl::StatusCode::kNotFound));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace clientele::cli
