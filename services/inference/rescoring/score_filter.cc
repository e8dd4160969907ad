#include "services/inference/rescoring/score_filter.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

constexpr int kMostModels = 100, kMostGroups = 100, kMostCustomers = 1'000;

absl::Status CheckCount(absl::string_view field, int count, int most) {
  return count <= most ? absl::OkStatus() : InvalidField(field, absl::StrCat(count, " of them; at most ", most));
}

}  // namespace

absl::StatusOr<ScoreFilter> ScoreFilter::Of(const TenantId& tenant, const v1::WatchScoresRequest& request) {
  CLIENTELE_RETURN_IF_ERROR(CheckCount("models", request.models_size(), kMostModels));
  CLIENTELE_RETURN_IF_ERROR(CheckCount("entered_groups", request.entered_groups_size(), kMostGroups));
  CLIENTELE_RETURN_IF_ERROR(CheckCount("customer_ids", request.customer_ids_size(), kMostCustomers));
  if (!(request.min_change() >= 0)) return InvalidField("min_change", "is not 0 or more");
  ScoreFilter filter;
  for (int i = 0; i < request.models_size(); ++i) {
    const std::string field = absl::StrCat("models[", i, "]");
    CLIENTELE_ASSIGN_OR_RETURN(ModelName name, ParseModelName(field, request.models(i)));
    if (name.tenant != tenant) return InvalidField(field, "is another tenant's");
    filter.models_.insert(std::move(name.model));
  }
  filter.groups_.insert(request.entered_groups().begin(), request.entered_groups().end());
  filter.customers_.insert(request.customer_ids().begin(), request.customer_ids().end());
  filter.min_change_ = request.min_change();
  return filter;
}

bool ScoreFilter::Passes(absl::string_view model, const v1::CurrentScore& score) const {
  return (models_.empty() || models_.contains(model)) &&
         (customers_.empty() || customers_.contains(score.customer_id())) && (groups_.empty() || Enters(score)) &&
         (!score.has_previous() || std::abs(score.change()) >= min_change_);
}

bool ScoreFilter::Enters(const v1::CurrentScore& score) const {
  const auto enters = [this](const std::string& now, const std::string& before) {
    return now != before && groups_.contains(now);
  };
  return enters(score.tier(), score.previous().tier()) || enters(score.segment(), score.previous().segment());
}

}  // namespace clientele::inference
