#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/credentials.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/program.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

// An authority, a server it signed for localhost and 127.0.0.1, and a client it signed.
class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out "
        "ca.pem");
    dir_.Write("server.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    for (const std::string name : {"server", "client"}) {
      Openssl(absl::StrCat("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=", name, " -keyout ", name,
                           ".key -out ", name, ".csr"));
      Openssl(absl::StrCat("x509 -req -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -in ", name, ".csr -out ", name,
                           ".pem", name == "server" ? " -extfile server.ext" : ""));
    }
    server_options_.tls_certificate_file = dir_.File("server.pem");
    server_options_.tls_key_file = dir_.File("server.key");
    channel_options_.tls = true;
    channel_options_.tls_ca_file = dir_.File("ca.pem");
  }

  void Openssl(const std::string& command) {
    std::vector<std::string> args;
    for (size_t begin = 0, end; begin < command.size(); begin = end + 1) {
      end = std::min(command.find(' ', begin), command.size());
      args.push_back(command.substr(begin, end - begin));
    }
    const auto finished = testutil::RunProgram("openssl", args, dir_.path());
    ASSERT_TRUE(finished.ok()) << finished.status();
    ASSERT_EQ(finished->exit_code, 0) << finished->standard_error;
  }

  absl::Status Call() {
    channel_options_.address = absl::StrCat("127.0.0.1:", server_->port());
    const auto channel = MakeChannel(channel_options_);
    if (!channel.ok()) return channel.status();
    grpc::ClientContext context;
    Prepare(context, absl::Seconds(20));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(*channel)->GetSettings(&context, {}, &response));
  }
  void Start() { server_ = Server::Start(server_options_, {&service_}, metrics_).value(); }

  testutil::TempDir dir_;
  ServerOptions server_options_;
  ChannelOptions channel_options_;
  observability::Metrics metrics_;
  Executor executor_{2, 8};
  FakeSettings service_{
      executor_, [](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); }};
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, ServesWhoTrustsItsAuthority) {
  Start();
  EXPECT_THAT(Call(), IsOk());
}

TEST_F(TlsTest, PlaintextIsNotUnderstood) {
  Start();
  channel_options_.tls = false;
  channel_options_.tls_ca_file = "";
  EXPECT_THAT(Call(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, WhoDoesNotKnowTheAuthorityDoesNotConnect) {
  Start();
  channel_options_.tls_ca_file = dir_.File("client.pem");
  EXPECT_THAT(Call(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, MutualTlsRefusesWhoShowsNoCertificate) {
  server_options_.tls_client_ca_file = dir_.File("ca.pem");
  Start();
  EXPECT_THAT(Call(), StatusIs(absl::StatusCode::kUnavailable));
  channel_options_.tls_certificate_file = dir_.File("client.pem");
  channel_options_.tls_key_file = dir_.File("client.key");
  EXPECT_THAT(Call(), IsOk());
}

TEST_F(TlsTest, ARenewedCertificateIsServedWithoutARestart) {
  Start();
  ASSERT_THAT(Call(), IsOk());
  // Another authority signs the server's next certificate.
  Openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=next -keyout next.key -out next.pem");
  Openssl("x509 -req -days 2 -CA next.pem -CAkey next.key -CAcreateserial -in server.csr -out server.pem -extfile server.ext");
  channel_options_.tls_ca_file = dir_.File("next.pem");
  absl::Status status;
  for (const absl::Time end = absl::Now() + absl::Seconds(20); absl::Now() < end; absl::SleepFor(absl::Milliseconds(200))) {
    status = Call();
    if (status.ok()) break;
  }
  EXPECT_THAT(status, IsOk());
  channel_options_.tls_ca_file = dir_.File("ca.pem");
  EXPECT_THAT(Call(), StatusIs(absl::StatusCode::kUnavailable)) << "the old one is gone";
}

TEST_F(TlsTest, TlsMayServeBeyondLoopback) {
  server_options_.address = "0.0.0.0:0";
  server_options_.allow_anonymous = true;
  Start();
  EXPECT_THAT(Call(), IsOk());
}

TEST_F(TlsTest, WrongFilesAreNamed) {
  server_options_.tls_key_file = "";
  EXPECT_THAT(ServerCredentials(server_options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server.tls_key_file")));
  server_options_.tls_key_file = dir_.File("absent.key");
  EXPECT_THAT(ServerCredentials(server_options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("absent.key")));
  channel_options_.name = "ingestion";
  channel_options_.tls_ca_file = dir_.path();
  EXPECT_THAT(ChannelCredentials(channel_options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ingestion.tls_ca_file")));
  channel_options_.tls = false;
  EXPECT_THAT(ChannelCredentials(channel_options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ingestion.tls")));
}

TEST(LoopbackTest, OnlyThisMachinesAddressesAreLoopback) {
  for (const char* address : {"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/run/x"}) EXPECT_TRUE(IsLoopback(address));
  for (const char* address : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "localhost.example.com:1", "dns:///x:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace clientele::rpc
