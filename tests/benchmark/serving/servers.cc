#include "tests/benchmark/serving/servers.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/rpc/status.h"
#include "tests/benchmark/serving/load.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

constexpr int kRecordsInABatch = 1000;

// The whole of a file in /proc.
std::string ReadProc(pid_t pid, const char* file) {
  std::ifstream in(absl::StrCat("/proc/", pid, "/", file));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void Prepare(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
}

}  // namespace

MeasuredProgram::MeasuredProgram(const std::string& path, const std::vector<std::string>& args) {
  auto program = testutil::Program::Start(path, args);
  if (program.ok()) {
    program_ = *std::move(program);
    auto address = program_->WaitUntilServing();
    if (address.ok()) {
      address_ = *std::move(address);
      return;
    }
    program = address.status();
  }
  std::cerr << path << ": " << program.status() << "\n";
  std::abort();
}

// Fields 14 and 15 of /proc/PID/stat, after the name in parentheses: ticks in user and in system mode.
double MeasuredProgram::CpuSeconds() const {
  const std::string stat = ReadProc(program_->pid(), "stat");
  std::istringstream rest(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double MeasuredProgram::ResidentMegabytes() const {
  std::istringstream statm(ReadProc(program_->pid(), "statm"));
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string SiblingPath(const std::string& name) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
  const std::string self(path, size > 0 ? static_cast<size_t>(size) : 0);
  return absl::StrCat(self.substr(0, self.rfind('/') + 1), name);
}

std::unique_ptr<MeasuredProgram> StartInference(const std::string& directory, const std::string& ingestion,
                                                std::vector<std::string> flags) {
  for (const std::string& flag :
       {std::string("--server-address=127.0.0.1:0"), std::string("--server-metrics-address=127.0.0.1:0"),
        absl::StrCat("--ingestion-address=", ingestion), absl::StrCat("--data-directory=", directory),
        std::string("--server-reflection=false"), std::string("--log-level=warn")}) {
    flags.push_back(flag);
  }
  return std::make_unique<MeasuredProgram>(SiblingPath("clientele-inference"), flags);
}

std::unique_ptr<MeasuredProgram> StartIngestion(const std::string& directory) {
  const std::vector<std::string> flags = {"--server-address=127.0.0.1:0", "--server-metrics-address=127.0.0.1:0",
                                          absl::StrCat("--data-directory=", directory), "--log-level=warn"};
  return std::make_unique<MeasuredProgram>(SiblingPath("clientele-ingestion"), flags);
}

absl::Status Publish(const std::string& address, const std::string& model_name, const std::string& bytes) {
  const auto stub = inference::v1::ModelService::NewStub(Connect(address));
  inference::v1::PublishModelVersionRequest header, chunk;
  header.mutable_header()->set_parent(model_name);
  header.mutable_header()->set_sha256(Sha256Hex(bytes));
  header.mutable_header()->add_aliases("champion");
  chunk.set_chunk(bytes);
  grpc::ClientContext context;
  Prepare(context);
  inference::v1::ModelVersion version;
  const auto writer = stub->PublishModelVersion(&context, &version);
  writer->Write(header);
  writer->Write(chunk);
  writer->WritesDone();
  return rpc::FromGrpc(writer->Finish());
}

absl::Status IngestCustomers(const std::string& address, int customers) {
  const auto stub = ingestion::v1::IngestionService::NewStub(Connect(address));
  for (int begin = 0; begin < customers; begin += kRecordsInABatch) {
    ingestion::v1::IngestRecordBatchRequest request;
    request.set_parent("tenants/acme");
    for (int c = begin; c < std::min(customers, begin + kRecordsInABatch); ++c) *request.add_records() = MakeProfile(c);
    grpc::ClientContext context;
    Prepare(context);
    ingestion::v1::IngestRecordBatchResponse response;
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub->IngestRecordBatch(&context, request, &response)));
    if (response.result().accepted_count() != request.records_size())
      return absl::InternalError("records were not accepted");
  }
  return absl::OkStatus();
}

}  // namespace clientele::benchmark
