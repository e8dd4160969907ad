#include "services/inference/value_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/actor.h"
#include "common/rpc/page_token.h"
#include "common/rpc/unary.h"

namespace clientele::inference {
namespace {

constexpr char kSingleton[] = "valueSettings";

}  // namespace

grpc::ServerUnaryReactor* ValueService::GetValueSettings(grpc::CallbackServerContext* context,
                                                         const v1::GetValueSettingsRequest* request,
                                                         v1::ValueSettings* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), kSingleton));
    CLIENTELE_ASSIGN_OR_RETURN(*response, settings_.Get(tenant, request->revision()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ValueService::UpdateValueSettings(grpc::CallbackServerContext* context,
                                                            const v1::UpdateValueSettingsRequest* request,
                                                            v1::ValueSettings* response) {
  return rpc::Unary(context, calls_,
                    [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
                      const v1::ValueSettings& wanted = request->value_settings();
                      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant,
                                                 ParseSingletonName("value_settings.name", wanted.name(), kSingleton));
                      CLIENTELE_ASSIGN_OR_RETURN(
                          *response, settings_.Update(tenant, wanted, rpc::ActorOf(call, peer)));
                      return absl::OkStatus();
                    });
}

absl::Status ValueService::ListRevisions(const v1::ListValueSettingsRevisionsRequest& request,
                                         v1::ListValueSettingsRevisionsResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 100, 1000));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request.page_token(), request.parent()));
  int64_t before = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &before)) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "page_token is damaged");
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto revisions, settings_.List(tenant, before, size));
  for (v1::ValueSettings& settings : revisions) *response.add_value_settings() = std::move(settings);
  const int64_t last = revisions.empty() ? 1 : response.value_settings().rbegin()->revision();
  if (last > 1) response.set_next_page_token(rpc::EncodePageToken(absl::StrCat(last), request.parent()));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ValueService::ListValueSettingsRevisions(grpc::CallbackServerContext* context,
                                                                   const v1::ListValueSettingsRevisionsRequest* request,
                                                                   v1::ListValueSettingsRevisionsResponse* response) {
  return rpc::Unary(context, calls_,
                    [this, request, response](const rpc::Call&) { return ListRevisions(*request, *response); });
}

grpc::ServerUnaryReactor* ValueService::ComputePotentialValues(grpc::CallbackServerContext* context,
                                                               const v1::ComputePotentialValuesRequest* request,
                                                               v1::ComputePotentialValuesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, engine_.ComputePotentialValues(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ValueService::ComputePortfolioValue(grpc::CallbackServerContext* context,
                                                              const v1::ComputePortfolioValueRequest* request,
                                                              v1::ComputePortfolioValueResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, engine_.ComputePortfolioValue(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
