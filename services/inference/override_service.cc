#include "services/inference/override_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/actor.h"
#include "common/rpc/page_token.h"
#include "common/rpc/unary.h"
#include "services/inference/overrides/override_name.h"

namespace clientele::inference {
namespace {

using storage::OverrideName;

constexpr int kDefaultPageSize = 100, kMaxPageSize = 1'000;
constexpr absl::string_view kEveryModel = "/models/-";

// The model's id; empty: all of the tenant.
absl::StatusOr<ModelName> ParseParent(absl::string_view parent) {
  absl::string_view tenant = parent;
  if (!absl::ConsumeSuffix(&tenant, kEveryModel)) return ParseModelName("parent", parent);
  CLIENTELE_ASSIGN_OR_RETURN(TenantId id, ParseTenantName("parent", tenant));
  return ModelName{std::move(id), ""};
}

}  // namespace

grpc::ServerUnaryReactor* OverrideService::SetScoreOverride(grpc::CallbackServerContext* context,
                                                            const v1::SetScoreOverrideRequest* request,
                                                            v1::ScoreOverride* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        const v1::ScoreOverride& wanted = request->score_override();
        CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ParseOverrideName("score_override.name", wanted.name()));
        CLIENTELE_RETURN_IF_ERROR(FindModel(*registry_.Get(), name.tenant, name.model).status());
        CLIENTELE_ASSIGN_OR_RETURN(*response, overrides_.Set(name, wanted, rpc::ActorOf(call, peer)));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* OverrideService::GetScoreOverride(grpc::CallbackServerContext* context,
                                                            const v1::GetScoreOverrideRequest* request,
                                                            v1::ScoreOverride* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ParseOverrideName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, overrides_.Get(name));
    return absl::OkStatus();
  });
}

absl::Status OverrideService::List(const v1::ListScoreOverridesRequest& request,
                                   v1::ListScoreOverridesResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelName parent, ParseParent(request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPageSize, kMaxPageSize));
  const std::string fingerprint = absl::StrCat(request.parent(), " ", request.show_expired());
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request.page_token(), fingerprint));
  OverrideName after{parent.tenant, "", ""};
  if (!position.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(after, ParseOverrideName("page_token", position));
  }
  return overrides_.List(parent.tenant, parent.model, after, request.show_expired(),
                         [&](const OverrideName&, const v1::ScoreOverride& stands) {
                           if (response.score_overrides_size() == size) {
                             const std::string& last = response.score_overrides(size - 1).name();
                             response.set_next_page_token(rpc::EncodePageToken(last, fingerprint));
                             return false;
                           }
                           *response.add_score_overrides() = stands;
                           return true;
                         });
}

grpc::ServerUnaryReactor* OverrideService::ListScoreOverrides(grpc::CallbackServerContext* context,
                                                              const v1::ListScoreOverridesRequest* request,
                                                              v1::ListScoreOverridesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) { return List(*request, *response); });
}

grpc::ServerUnaryReactor* OverrideService::DeleteScoreOverride(grpc::CallbackServerContext* context,
                                                               const v1::DeleteScoreOverrideRequest* request,
                                                               v1::ScoreOverride* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ParseOverrideName("name", request->name()));
        CLIENTELE_ASSIGN_OR_RETURN(
            *response, overrides_.Delete(name, request->etag(), request->reason(), rpc::ActorOf(call, peer)));
        return absl::OkStatus();
      });
}

absl::Status OverrideService::ListChanges(const v1::ListScoreOverrideChangesRequest& request,
                                          v1::ListScoreOverrideChangesResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ParseOverrideName("parent", request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPageSize, kMaxPageSize));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request.page_token(), request.parent()));
  int64_t before = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &before)) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "page_token is damaged");
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto changes, overrides_.ReadJournal(name, before, size));
  for (v1::ScoreOverrideChange& change : changes) *response.add_score_override_changes() = std::move(change);
  const int64_t last = changes.empty() ? 1 : response.score_override_changes().rbegin()->revision();
  if (last > 1) response.set_next_page_token(rpc::EncodePageToken(absl::StrCat(last), request.parent()));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* OverrideService::ListScoreOverrideChanges(grpc::CallbackServerContext* context,
                                                                    const v1::ListScoreOverrideChangesRequest* request,
                                                                    v1::ListScoreOverrideChangesResponse* response) {
  return rpc::Unary(context, calls_,
                    [this, request, response](const rpc::Call&) { return ListChanges(*request, *response); });
}

}  // namespace clientele::inference
