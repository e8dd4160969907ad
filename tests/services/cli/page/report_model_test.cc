// `report model` against a server that has one version.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/model/v1/artifact.pb.h"
#include "services/cli/app.h"
#include "tests/services/cli/page/sample_reports.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using inference::v1::ExportModelVersionRequest;
using inference::v1::ExportModelVersionResponse;
using inference::v1::GetModelVersionRequest;
using inference::v1::ModelVersion;
using testing::AllOf;
using testing::HasSubstr;

class FakeModels final : public inference::v1::ModelService::Service {
 public:
  grpc::Status GetModelVersion(grpc::ServerContext*, const GetModelVersionRequest* request,
                               ModelVersion* version) override {
    const std::string model = "tenants/demo/models/churn";
    if (request->name() != model + "/aliases/champion" && request->name() != model + "/versions/3") {
      return {grpc::StatusCode::NOT_FOUND, absl::StrCat(request->name(), " does not exist")};
    }
    *version = testutil::ChurnReport().version;
    return grpc::Status::OK;
  }

  grpc::Status GetModelCard(grpc::ServerContext*, const inference::v1::GetModelCardRequest* request,
                            model::v1::ModelCard* card) override {
    ModelVersion version;
    inference::v1::GetModelVersionRequest get;
    get.set_name(request->name());
    const grpc::Status status = GetModelVersion(nullptr, &get, &version);
    *card = testutil::ChurnReport().card;
    return status;
  }

  // In two pieces.
  grpc::Status ExportModelVersion(grpc::ServerContext*, const ExportModelVersionRequest* request,
                                  grpc::ServerWriter<ExportModelVersionResponse>* writer) override {
    EXPECT_THAT(request->name(), HasSubstr("tenants/demo/models/churn"));
    model::v1::ModelArtifact artifact;
    *artifact.mutable_logistic_regression()->mutable_path() = testutil::ChurnReport().penalty_path;
    const std::string bytes = artifact.SerializeAsString();
    ExportModelVersionResponse response;
    response.mutable_header()->set_name("tenants/demo/models/churn/versions/3");
    response.mutable_header()->set_sha256(request->format() == ExportModelVersionRequest::FORMAT_ONNX ? "onnx" : "ours");
    writer->Write(response);
    for (const std::string& chunk : {bytes.substr(0, 100), bytes.substr(100)}) {
      response.set_chunk(chunk);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }
};

struct Ran {
  ExitCode code;
  std::string out;
  std::string err;
};

class ReportModelTest : public testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&models_);
    server_ = builder.BuildAndStart();
  }

  Ran Run(std::vector<std::string> arguments) { return RunCommand({"report", "model"}, std::move(arguments)); }

  Ran RunCommand(std::vector<std::string> command, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), command.begin(), command.end());
    arguments.insert(arguments.begin(), "clientele");
    arguments.insert(arguments.end(), {"--inference", absl::StrCat("127.0.0.1:", port_)});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream out, err;
    const testutil::ManualClock clock;
    Console console{out, err, clock};
    const ExitCode code = RunApp(static_cast<int>(argv.size()), argv.data(), console);
    return {code, out.str(), err.str()};
  }

  const testutil::TempDir dir_;
  FakeModels models_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

TEST_F(ReportModelTest, WritesThePageAndSaysWhere) {
  const std::string path = dir_.File("churn.html");
  const Ran ran = Run({"churn", "--to", path});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("churn"), HasSubstr("3"), HasSubstr(path)));
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_THAT(page.str(), AllOf(HasSubstr("Churn within 90 days"), HasSubstr("How the penalty was chosen")));
}

TEST_F(ReportModelTest, AVersionCanBeNamedAndTheResultReadByPrograms) {
  const Ran ran = Run({"churn", "--version", "3", "--to", dir_.File("v3.html"), "--output", "json"});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("\"model\": \"churn\""), HasSubstr("\"version\": \"3\""), HasSubstr("\"size_bytes\": ")));
}

TEST_F(ReportModelTest, SaysWhatDoesNotExistOrCannotBeWritten) {
  const Ran unknown = Run({"nobody", "--to", dir_.File("x.html")});
  EXPECT_EQ(unknown.code, ExitCode::kNotFound);
  EXPECT_THAT(unknown.err, HasSubstr("models/nobody"));
  EXPECT_EQ(Run({"churn", "--version", "9", "--to", dir_.File("x.html")}).code, ExitCode::kNotFound);
  EXPECT_EQ(Run({"churn", "--alias", "challenger", "--to", dir_.File("x.html")}).code, ExitCode::kNotFound);

  const Ran nowhere = Run({"churn", "--to", dir_.File("no/such/folder.html")});
  EXPECT_NE(nowhere.code, ExitCode::kOk);
  EXPECT_THAT(nowhere.err, HasSubstr("cannot write"));
}

TEST_F(ReportModelTest, ACardIsReadByPeopleAndPrograms) {
  const Ran people = RunCommand({"models", "card"}, {"churn", "champion"});
  ASSERT_EQ(people.code, ExitCode::kOk) << people.err;
  EXPECT_THAT(people.out, AllOf(HasSubstr("Know before you trust it"), HasSubstr("FEW_POSITIVES"), HasSubstr("84.0 %"),
                                HasSubstr("always the more frequent"), HasSubstr("recency_days"), HasSubstr("raises")));
  const Ran programs = RunCommand({"models", "card"}, {"churn", "3", "--output", "json"});
  ASSERT_EQ(programs.code, ExitCode::kOk) << programs.err;
  EXPECT_THAT(programs.out, AllOf(HasSubstr("\"code\": \"FEW_POSITIVES\""), HasSubstr("SEVERITY_CAUTION")));
  EXPECT_EQ(RunCommand({"models", "card"}, {"churn", "challenger"}).code, ExitCode::kNotFound);
}

TEST_F(ReportModelTest, ACardsPageIsTheReportsPage) {
  const std::string card = dir_.File("card.html"), report = dir_.File("report.html");
  ASSERT_EQ(RunCommand({"models", "card"}, {"churn", "champion", "--html", card}).code, ExitCode::kOk);
  ASSERT_EQ(Run({"churn", "--to", report}).code, ExitCode::kOk);
  std::stringstream first, second;
  first << std::ifstream(card).rdbuf();
  second << std::ifstream(report).rdbuf();
  EXPECT_THAT(first.str(), AllOf(HasSubstr("Know before you trust it"), HasSubstr("What it looks at most")));
  EXPECT_TRUE(first.str() == second.str());
}

TEST_F(ReportModelTest, ExportsAsAFile) {
  const std::string path = dir_.File("churn.onnx");
  const Ran ran = RunCommand({"models", "export"}, {"churn", "--format", "onnx", "--to", path});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(path), HasSubstr("onnx")));
  std::stringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  EXPECT_GT(bytes.str().size(), 100u);
  EXPECT_EQ(RunCommand({"models", "export"}, {"churn", "--format", "pickle"}).code, ExitCode::kUsage);
}

TEST_F(ReportModelTest, WrongUsageIsToldBeforeAnythingIsAsked) {
  EXPECT_EQ(Run({}).code, ExitCode::kUsage);
  EXPECT_EQ(Run({"churn", "--version", "3", "--alias", "champion"}).code, ExitCode::kUsage);
  EXPECT_EQ(Run({"churn", "--version", "0"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace clientele::cli
