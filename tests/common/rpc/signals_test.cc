#include "common/rpc/signals.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::KilledBySignal;

TEST(StopSignalsTest, WaitsForTheSignalThatAsksToStop) {
  for (const int signal : {SIGTERM, SIGINT}) {
    StopSignals signals;
    ASSERT_TRUE(signals.status().ok());
    kill(getpid(), signal);
    EXPECT_EQ(signals.Wait(), signal);
  }
}

TEST(StopSignalsTest, ASignalMayComeOnAnyThread) {
  StopSignals signals;
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  std::thread([&] {
    pthread_sigmask(SIG_UNBLOCK, &terminate, nullptr);
    raise(SIGTERM);
  }).join();
  EXPECT_EQ(signals.Wait(), SIGTERM);
}

TEST(StopSignalsDeathTest, ASecondSignalEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StopSignals signals;
        kill(getpid(), SIGTERM);
        signals.Wait();
        kill(getpid(), SIGTERM);
        while (true) pause();
      },
      KilledBySignal(SIGTERM), "");
}

// A whole program's life: it says where it serves, serves, and ends with 0 when told to.
TEST(ServeUntilSignalDeathTest, DrainsAndExitsWithZero) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        observability::Metrics metrics;
        Executor executor(2, 8);
        FakeSettings service(executor, [](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
          kill(getpid(), SIGTERM);  // While this call is in flight.
          while (call.drain.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
          return call.stop.Check();
        });
        auto server = Server::Start({}, {&service}, metrics).value();
        absl::Status answer = absl::UnknownError("none");
        std::thread caller([&] {
          struct sigaction action {};
          do {  // Until ServeUntilSignal has begun: a signal before that would end the process.
            absl::SleepFor(absl::Milliseconds(1));
            sigaction(SIGTERM, nullptr, &action);
          } while (action.sa_handler == SIG_DFL);
          grpc::ClientContext context;
          v1::Settings response;
          answer = FromGrpc(v1::SettingsService::NewStub(ChannelTo(*server))->GetSettings(&context, {}, &response));
        });
        const absl::Status status = server->ServeUntilSignal();
        caller.join();
        server.reset();
        std::exit(status.ok() && answer.ok() ? 0 : 1);
      },
      ExitedWithCode(0), HasSubstr("draining"));
}

}  // namespace
}  // namespace clientele::rpc
