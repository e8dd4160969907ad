#include "services/training/schedule_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/page_token.h"
#include "common/rpc/unary.h"

namespace clientele::training {
namespace {

constexpr size_t kLongestId = 40;  // A job's id has the time, too.
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1'000;

}  // namespace

grpc::ServerUnaryReactor* ScheduleService::CreateRetrainSchedule(grpc::CallbackServerContext* context,
                                                                 const v1::CreateRetrainScheduleRequest* request,
                                                                 v1::RetrainSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    const std::string& id = request->retrain_schedule_id();
    if (!IsResourceId(id) || id.size() > kLongestId) {
      return InvalidField("retrain_schedule_id", absl::StrCat("\"", id, "\" is not [a-z][a-z0-9-]{0,39}"));
    }
    if (!request->has_retrain_schedule()) return InvalidField("retrain_schedule", "is required");
    CLIENTELE_ASSIGN_OR_RETURN(*response,
                               book_.Create({tenant, id}, request->retrain_schedule(), request->validate_only()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ScheduleService::GetRetrainSchedule(grpc::CallbackServerContext* context,
                                                              const v1::GetRetrainScheduleRequest* request,
                                                              v1::RetrainSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RetrainScheduleName name, ParseRetrainScheduleName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.Get(name));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ScheduleService::ListRetrainSchedules(grpc::CallbackServerContext* context,
                                                                const v1::ListRetrainSchedulesRequest* request,
                                                                v1::ListRetrainSchedulesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int limit, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("ListRetrainSchedules ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    std::vector<v1::RetrainSchedule> schedules = book_.List(tenant, position, limit + 1);
    const bool more = static_cast<int>(schedules.size()) > limit;
    if (more) schedules.pop_back();
    if (more) {
      CLIENTELE_ASSIGN_OR_RETURN(const auto last, ParseRetrainScheduleName("name", schedules.back().name()));
      response->set_next_page_token(rpc::EncodePageToken(last.schedule, fingerprint));
    }
    *response->mutable_retrain_schedules() = {std::make_move_iterator(schedules.begin()),
                                              std::make_move_iterator(schedules.end())};
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ScheduleService::UpdateRetrainSchedule(grpc::CallbackServerContext* context,
                                                                 const v1::UpdateRetrainScheduleRequest* request,
                                                                 v1::RetrainSchedule* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RetrainScheduleName name,
                               ParseRetrainScheduleName("retrain_schedule.name", request->retrain_schedule().name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, book_.Replace(name, request->retrain_schedule()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ScheduleService::DeleteRetrainSchedule(grpc::CallbackServerContext* context,
                                                                 const v1::DeleteRetrainScheduleRequest* request,
                                                                 google::protobuf::Empty* /*response*/) {
  return rpc::Unary(context, calls_, [this, request](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RetrainScheduleName name, ParseRetrainScheduleName("name", request->name()));
    return book_.Delete(name, request->etag());
  });
}

grpc::ServerUnaryReactor* ScheduleService::ListScheduleRuns(grpc::CallbackServerContext* context,
                                                            const v1::ListScheduleRunsRequest* request,
                                                            v1::ListScheduleRunsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const RetrainScheduleName name, ParseRetrainScheduleName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int limit,
                               rpc::PageSize(request->page_size(), kDefaultPageSize, storage::kKeptScheduleRuns));
    CLIENTELE_ASSIGN_OR_RETURN(const auto runs, book_.ListRuns(name, limit));
    *response->mutable_schedule_runs() = {runs.begin(), runs.end()};
    return absl::OkStatus();
  });
}

}  // namespace clientele::training
