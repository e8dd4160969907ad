#include "services/inference/rescore_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"

namespace clientele::inference {
namespace {

constexpr size_t kLongestId = 40;  // A job's id has the time, too.
constexpr int kDefaultPageSize = 50, kMaxPageSize = 1'000;
constexpr absl::Duration kLookAgain = absl::Milliseconds(300);  // Whichever replica works on a job.

}  // namespace

grpc::ServerUnaryReactor* RescoreService::CreateRescoreSchedule(grpc::CallbackServerContext* context,
                                                                const v1::CreateRescoreScheduleRequest* request,
                                                                v1::RescoreSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    const std::string& id = request->rescore_schedule_id();
    if (!IsResourceId(id) || id.size() > kLongestId) {
      return InvalidField("rescore_schedule_id", absl::StrCat("\"", id, "\" is not [a-z][a-z0-9-]{0,39}"));
    }
    if (!request->has_rescore_schedule()) return InvalidField("rescore_schedule", "is required");
    CLIENTELE_ASSIGN_OR_RETURN(
        *response, book_.CreateSchedule({tenant, id}, request->rescore_schedule(), request->validate_only()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::GetRescoreSchedule(grpc::CallbackServerContext* context,
                                                             const v1::GetRescoreScheduleRequest* request,
                                                             v1::RescoreSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const auto name, ParseRescoreScheduleName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.GetSchedule(name));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::ListRescoreSchedules(grpc::CallbackServerContext* context,
                                                               const v1::ListRescoreSchedulesRequest* request,
                                                               v1::ListRescoreSchedulesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int limit, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("ListRescoreSchedules ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<v1::RescoreSchedule> schedules,
                               book_.ListSchedules(tenant, position, limit + 1));
    if (static_cast<int>(schedules.size()) > limit) {
      schedules.pop_back();
      CLIENTELE_ASSIGN_OR_RETURN(const auto last, ParseRescoreScheduleName("name", schedules.back().name()));
      response->set_next_page_token(rpc::EncodePageToken(last.schedule, fingerprint));
    }
    *response->mutable_rescore_schedules() = {schedules.begin(), schedules.end()};
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::UpdateRescoreSchedule(grpc::CallbackServerContext* context,
                                                                const v1::UpdateRescoreScheduleRequest* request,
                                                                v1::RescoreSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const auto name,
                               ParseRescoreScheduleName("rescore_schedule.name", request->rescore_schedule().name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.ReplaceSchedule(name, request->rescore_schedule()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::DeleteRescoreSchedule(grpc::CallbackServerContext* context,
                                                                const v1::DeleteRescoreScheduleRequest* request,
                                                                google::protobuf::Empty* /*response*/) {
  return rpc::Unary(context, calls_, [this, request](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const auto name, ParseRescoreScheduleName("name", request->name()));
    return book_.DeleteSchedule(name, request->etag());
  });
}

grpc::ServerUnaryReactor* RescoreService::CreateRescoreJob(grpc::CallbackServerContext* context,
                                                           const v1::CreateRescoreJobRequest* request,
                                                           v1::RescoreJob* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.CreateJob(tenant, request->rescore_job_id(), request->rescore_job()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::GetRescoreJob(grpc::CallbackServerContext* context,
                                                        const v1::GetRescoreJobRequest* request,
                                                        v1::RescoreJob* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName name, ParseRescoreJobName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.GetJob(name));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RescoreService::ListRescoreJobs(grpc::CallbackServerContext* context,
                                                          const v1::ListRescoreJobsRequest* request,
                                                          v1::ListRescoreJobsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int limit,
                               rpc::PageSize(request->page_size(), kDefaultPageSize, storage::kKeptRescoreJobs));
    CLIENTELE_ASSIGN_OR_RETURN(const auto jobs, book_.ListJobs(tenant, request->rescore_schedule(), limit));
    *response->mutable_rescore_jobs() = {jobs.begin(), jobs.end()};
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::RescoreJob>* RescoreService::WatchRescoreJob(grpc::CallbackServerContext* context,
                                                                          const v1::WatchRescoreJobRequest* request) {
  return rpc::ServerStream<v1::RescoreJob>(
      context, streams_,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::RescoreJob>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName name, ParseRescoreJobName("name", request->name()));
        for (std::string told;; absl::SleepFor(kLookAgain)) {
          CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
          if (!call.drain.Check().ok()) {
            return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
          }
          CLIENTELE_ASSIGN_OR_RETURN(const v1::RescoreJob job, book_.GetJob(name));
          if (job.etag() != told && !writer.Write(job)) return absl::CancelledError("the receiver has gone");
          if (storage::HasEnded(job)) return absl::OkStatus();
          told = job.etag();
        }
      });
}

grpc::ServerUnaryReactor* RescoreService::CancelRescoreJob(grpc::CallbackServerContext* context,
                                                           const v1::CancelRescoreJobRequest* request,
                                                           v1::RescoreJob* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName name, ParseRescoreJobName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.CancelJob(name));
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
