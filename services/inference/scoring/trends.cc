#include "services/inference/scoring/trends.h"

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/standing.h"

namespace clientele::inference {
namespace {

// A score with the version that gave it.
struct Scored {
  std::shared_ptr<const Version> version;
  v1::Score* score;
};

absl::StatusOr<std::vector<Scored>> FindVersions(const Registry& registry,
                                                 absl::Span<v1::ScoreResponse* const> responses) {
  std::vector<Scored> all;
  const auto catalogue = registry.Get();
  for (v1::ScoreResponse* response : responses) {
    if (!NumberOf(response->score()).has_value()) continue;
    CLIENTELE_ASSIGN_OR_RETURN(const ModelReference name, ParseModelReference("version", response->model_version()));
    CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*catalogue, name));
    // A version that went away since it scored has no trend to tell.
    if (found.version->model != nullptr) all.push_back({std::move(found.version), response->mutable_score()});
  }
  return all;
}

absl::StatusOr<std::optional<ScoreNumber>> ScoreThen(const Scored& scored,
                                                     const ingestion::v1::BatchGetFeaturesResponse& table) {
  if (!table.rows(0).found()) return std::nullopt;
  const ScoringModel& model = *scored.version->model;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int> columns, FindColumns(model, table));
  std::vector<model::Cell> row(model.num_features());
  CLIENTELE_RETURN_IF_ERROR(ReadFetched(model, columns, table.rows(0), absl::MakeSpan(row)));
  const int horizon_days = scored.score->lifetime_value().horizon_days();
  return NumberOf(ScoreRow(model, row, /*max_reasons=*/0, horizon_days));
}

}  // namespace

absl::Status Trends::CheckDays(int trend_days) {
  if (trend_days >= 0 && trend_days <= kMostTrendDays) return absl::OkStatus();
  return InvalidField("trend_days", absl::StrCat(trend_days, " is not 0 (none) to ", kMostTrendDays));
}

absl::Status Trends::Check(const ScoreRequestView& request) {
  CLIENTELE_RETURN_IF_ERROR(CheckDays(request.trend_days));
  if (request.trend_days == 0) return absl::OkStatus();
  if (request.subject.customer_id.empty()) return InvalidField("trend_days", "needs a subject with a customer_id");
  if (request.subject.num_features == 0) return absl::OkStatus();
  return InvalidField("trend_days",
                      "is for customers as they are: given features have no past; leave one of the two out");
}

absl::Status Trends::Add(const rpc::Call& call, const TenantId& tenant, absl::string_view customer_id, int days,
                         absl::Span<v1::ScoreResponse* const> responses) const {
  if (days == 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Scored> all, FindVersions(registry_, responses));
  if (all.empty()) return absl::OkStatus();
  std::set<std::string> features;
  for (const Scored& scored : all) {
    features.insert(scored.version->model->features().begin(), scored.version->model->features().end());
  }
  const std::vector<std::string> names(features.begin(), features.end());
  const absl::Time then = FromProto(all[0].score->feature_time()) - absl::Hours(24) * days;
  CLIENTELE_ASSIGN_OR_RETURN(const auto table,
                             history_.FeaturesAt(tenant, {std::string(customer_id)}, names, {.as_of = then}, call));
  if (table.rows_size() != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "ingestion's answer is not of one customer");
  }
  for (const Scored& scored : all) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto number, ScoreThen(scored, table));
    SetTrend(number, ToProto(then), *scored.score);
  }
  return absl::OkStatus();
}

}  // namespace clientele::inference
