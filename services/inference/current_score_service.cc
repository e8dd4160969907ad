#include "services/inference/current_score_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "common/storage/current_score_rules.h"

namespace clientele::inference {
namespace {

constexpr int kDefaultPageSize = 100, kMaxPageSize = 1'000, kMostGroups = 100;
constexpr absl::string_view kEveryModel = "/models/-";

// The model's id; empty: all of the tenant.
absl::StatusOr<ModelName> ParseParent(absl::string_view parent) {
  absl::string_view tenant = parent;
  if (!absl::ConsumeSuffix(&tenant, kEveryModel)) return ParseModelName("parent", parent);
  CLIENTELE_ASSIGN_OR_RETURN(TenantId id, ParseTenantName("parent", tenant));
  return ModelName{std::move(id), ""};
}

absl::StatusOr<ModelCustomerName> ParseName(absl::string_view field, absl::string_view name) {
  return ParseModelCustomerName(field, name, storage::kCurrentScores);
}

// After which change the watcher goes on.
absl::StatusOr<int64_t> ParsePosition(const v1::WatchScoresRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, rpc::DecodePageToken(request.resume_token(), request.parent()));
  int64_t position = 0;
  if (absl::SimpleAtoi(text, &position) && position >= 0) return position;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "resume_token is damaged");
}

}  // namespace

grpc::ServerUnaryReactor* CurrentScoreService::GetCurrentScore(grpc::CallbackServerContext* context,
                                                               const v1::GetCurrentScoreRequest* request,
                                                               v1::CurrentScore* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelCustomerName name, ParseName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, scores_.Get(name));
    return absl::OkStatus();
  });
}

absl::Status CurrentScoreService::List(const v1::ListCurrentScoresRequest& request,
                                       v1::ListCurrentScoresResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelName parent, ParseParent(request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPageSize, kMaxPageSize));
  if (request.groups_size() > kMostGroups) {
    return InvalidField("groups", absl::StrCat(request.groups_size(), " of them; at most ", kMostGroups));
  }
  const std::string fingerprint = absl::StrCat(request.parent(), " ", absl::StrJoin(request.groups(), "\n"));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request.page_token(), fingerprint));
  ModelCustomerName after{parent.tenant, "", ""};
  if (!position.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(after, ParseName("page_token", position));
  }
  const std::vector<std::string> groups(request.groups().begin(), request.groups().end());
  return scores_.List(parent.tenant, parent.model, groups, after, [&](v1::CurrentScore score) {
    if (response.current_scores_size() == size) {
      response.set_next_page_token(rpc::EncodePageToken(response.current_scores(size - 1).name(), fingerprint));
      return false;
    }
    *response.add_current_scores() = std::move(score);
    return true;
  });
}

grpc::ServerUnaryReactor* CurrentScoreService::ListCurrentScores(grpc::CallbackServerContext* context,
                                                                 const v1::ListCurrentScoresRequest* request,
                                                                 v1::ListCurrentScoresResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) { return List(*request, *response); });
}

grpc::ServerWriteReactor<v1::WatchScoresResponse>* CurrentScoreService::WatchScores(
    grpc::CallbackServerContext* context, const v1::WatchScoresRequest* request) {
  return rpc::ServerStream<v1::WatchScoresResponse>(
      context, streams_,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::WatchScoresResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
        CLIENTELE_ASSIGN_OR_RETURN(const ScoreFilter filter, ScoreFilter::Of(tenant, *request));
        CLIENTELE_ASSIGN_OR_RETURN(int64_t position, scores_.LastChange(tenant));
        if (!request->resume_token().empty()) {
          CLIENTELE_ASSIGN_OR_RETURN(position, ParsePosition(*request));
        }
        const auto tell = [&](v1::WatchScoresResponse response, int64_t after) {
          response.set_resume_token(rpc::EncodePageToken(absl::StrCat(after), request->parent()));
          return writer.Write(std::move(response));
        };
        if (!tell({}, position)) return absl::CancelledError("the receiver has gone");
        return scores_.Watch(tenant, filter, position, call.stop, call.drain, tell);
      });
}

}  // namespace clientele::inference
