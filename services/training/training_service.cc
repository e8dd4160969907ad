#include "services/training/training_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/training/jobs/job_times.h"
#include "services/training/readiness.h"
#include "services/training/spec.h"

namespace clientele::training {
namespace {

constexpr int kMaxThreads = 1'024;
constexpr size_t kMaxRequestIdBytes = 64;
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1'000;

absl::Status Validate(const v1::CreateTrainingJobRequest& request) {
  if (!request.has_training_job()) return InvalidField("training_job", "is required");
  if (!request.training_job_id().empty() && !IsResourceId(request.training_job_id())) {
    return InvalidField("training_job_id",
                        absl::StrCat("\"", request.training_job_id(), "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  if (request.request_id().size() > kMaxRequestIdBytes) {
    return InvalidField("request_id", absl::StrCat("has ", request.request_id().size(), " bytes; at most ",
                                                   kMaxRequestIdBytes, " are allowed"));
  }
  const int threads = request.training_job().threads();
  if (threads < 0 || threads > kMaxThreads) {
    return InvalidField("training_job.threads", absl::StrCat(threads, " is not in 0 to ", kMaxThreads));
  }
  return ValidateSpec(request.training_job().spec(), "training_job.spec");
}

// What a job would be, of a request that is only checked.
v1::TrainingJob Draft(const TenantId& tenant, const v1::CreateTrainingJobRequest& request, absl::Time now) {
  v1::TrainingJob job;
  if (!request.training_job_id().empty()) job.set_name(FormatTrainingJob(tenant, request.training_job_id()));
  *job.mutable_spec() = request.training_job().spec();
  job.set_threads(request.training_job().threads());
  FixTimes(now, job);
  job.clear_create_time();
  return job;
}

int64_t CountPositives(const dataset::Dataset& dataset) {
  int64_t result = 0;
  for (const dataset::Shard& shard : dataset.shards) {
    result += std::count(shard.labels.begin(), shard.labels.end(), 1.0);
  }
  return result;
}

}  // namespace

TrainingService::TrainingService(JobManager& jobs, DatasetSource& data, const Clock& clock, Executors executors)
    : jobs_(jobs), data_(data), clock_(clock), executors_(executors) {}

grpc::ServerUnaryReactor* TrainingService::CreateTrainingJob(grpc::CallbackServerContext* context,
                                                             const v1::CreateTrainingJobRequest* request,
                                                             v1::TrainingJob* response) {
  return rpc::Unary(context, executors_.calls, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_RETURN_IF_ERROR(Validate(*request));
    if (request->validate_only()) {
      call.audit_note.Add("validate_only", "true");
      *response = Draft(tenant, *request, clock_.Now());
      return absl::OkStatus();
    }
    NewJob job{.job_id = request->training_job_id(),
               .request_id = request->request_id(),
               .job = request->training_job()};
    CLIENTELE_ASSIGN_OR_RETURN(*response, jobs_.Create(tenant, std::move(job)));
    call.audit_note.Add("training_job", response->name());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TrainingService::GetTrainingJob(grpc::CallbackServerContext* context,
                                                          const v1::GetTrainingJobRequest* request,
                                                          v1::TrainingJob* response) {
  return rpc::Unary(context, executors_.calls, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName name, ParseTrainingJobName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, jobs_.Get(name));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TrainingService::ListTrainingJobs(grpc::CallbackServerContext* context,
                                                            const v1::ListTrainingJobsRequest* request,
                                                            v1::ListTrainingJobsResponse* response) {
  return rpc::Unary(context, executors_.calls, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int limit, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("ListTrainingJobs ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    CLIENTELE_ASSIGN_OR_RETURN(JobPage page, jobs_.List(tenant, position, limit));
    for (v1::TrainingJob& job : page.jobs) *response->add_training_jobs() = std::move(job);
    if (!page.next_position.empty()) {
      response->set_next_page_token(rpc::EncodePageToken(page.next_position, fingerprint));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TrainingService::CancelTrainingJob(grpc::CallbackServerContext* context,
                                                             const v1::CancelTrainingJobRequest* request,
                                                             v1::TrainingJob* response) {
  return rpc::Unary(context, executors_.calls, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName name, ParseTrainingJobName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, jobs_.Cancel(name, call.stop));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::TrainingJob>* TrainingService::WatchTrainingJob(
    grpc::CallbackServerContext* context, const v1::WatchTrainingJobRequest* request) {
  return rpc::ServerStream<v1::TrainingJob>(
      context, executors_.watchers,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::TrainingJob>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName name, ParseTrainingJobName("name", request->name()));
        JobView view{{}, -1};
        while (!HasEnded(view.job.state())) {
          CLIENTELE_ASSIGN_OR_RETURN(view, jobs_.Await(name, view.revision, call.stop, call.drain));
          if (!writer.Write(view.job)) return absl::CancelledError("cancelled");
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* TrainingService::CheckDataReadiness(grpc::CallbackServerContext* context,
                                                              const v1::CheckDataReadinessRequest* request,
                                                              v1::CheckDataReadinessResponse* response) {
  return rpc::Unary(context, executors_.readiness, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_RETURN_IF_ERROR(ValidateSpec(request->spec(), "spec"));
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());  // It may have waited long for its turn.
    v1::TrainingJob job;
    *job.mutable_spec() = request->spec();
    FixTimes(clock_.Now(), job);
    CLIENTELE_ASSIGN_OR_RETURN(const dataset::Dataset dataset,
                               data_.Read(tenant, DatasetOf(job), call.stop, [](int64_t, double) {}));
    const std::vector<v1::DataIssue> issues = CheckReadiness(dataset, request->spec());
    response->set_ready(std::none_of(issues.begin(), issues.end(), [](const v1::DataIssue& issue) {
      return issue.severity() == v1::DataIssue::SEVERITY_ERROR;
    }));
    response->set_rows(dataset.rows());
    if (TaskOf(request->spec()) == Task::kClassify) response->set_positives(CountPositives(dataset));
    *response->mutable_data_issues() = {issues.begin(), issues.end()};
    return absl::OkStatus();
  });
}

}  // namespace clientele::training
