#include "services/inference/rescoring/rescore_pass.h"

#include <cmath>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/current_score_rules.h"

namespace clientele::inference {
namespace {

constexpr int kReasons = 3;

// OK for what concerns a customer alone.
absl::Status ConcernsAll(const v1::ScoreError& error) {
  const auto code = static_cast<absl::StatusCode>(error.code());
  if (code != absl::StatusCode::kUnavailable && code != absl::StatusCode::kInternal) return absl::OkStatus();
  return absl::Status(code, error.message());
}

bool IsLeftOut(const v1::ScoreError& error) {
  return error.reason() == ReasonName(ErrorReason::kScoringOptedOut) ||
         error.reason() == ReasonName(ErrorReason::kCustomerSuppressed);
}

}  // namespace

void RescoreTally::Add(const RescoreTally& other) {
  counts.set_customers(counts.customers() + other.counts.customers());
  counts.set_scores(counts.scores() + other.counts.scores());
  counts.set_left_out(counts.left_out() + other.counts.left_out());
  counts.set_errors(counts.errors() + other.counts.errors());
  counts.set_group_changes(counts.group_changes() + other.counts.group_changes());
  counts.set_removed(counts.removed() + other.counts.removed());
  if (first_error.empty()) first_error = other.first_error;
}

v1::CurrentScore ToCurrentScore(const ModelCustomerName& name, const v1::Score& score,
                                absl::string_view model_version) {
  v1::CurrentScore current;
  current.set_name(FormatModelCustomer(name, storage::kCurrentScores));
  current.set_customer_id(name.customer_id);
  current.set_score(SummaryOf(score).score);
  current.set_tier(score.standing().tier());
  if (score.has_segment()) current.set_segment(score.segment().segment());
  if (score.has_predicted_class()) current.set_segment(score.predicted_class().predicted_class());
  if (score.has_rfm()) current.set_segment(score.rfm().segment());
  for (const v1::Reason& reason : score.reasons()) current.add_reasons(reason.text());
  // Where traffic is split, each score says its own version.
  current.set_model_version(score.model_version().empty() ? std::string(model_version) : score.model_version());
  current.set_arm(score.arm());
  return current;
}

std::vector<std::string> FeaturesOf(const Catalogue& catalogue, const TenantId& tenant,
                                    absl::Span<const std::string> models) {
  std::set<std::string> features;
  for (const std::string& id : models) {
    const auto model = FindModel(catalogue, tenant, id);
    if (!model.ok()) continue;
    for (const auto& [number, version] : (*model)->versions) {
      if (version->model == nullptr) continue;
      const FeatureNames& read = version->model->features();
      features.insert(read.begin(), read.end());
    }
  }
  return {features.begin(), features.end()};
}

struct RescorePass::Work {
  const TenantId& tenant;
  const std::vector<std::string>& models;
  const absl::Time feature_time;
  const rpc::Call& call;
  const int64_t forgettings;  // Before the first customer was read.
};

absl::StatusOr<RescoreTally> RescorePass::Run(const TenantId& tenant, const std::vector<std::string>& models,
                                              absl::Time feature_time, ShardRange shards, const StopToken& stop,
                                              const std::function<absl::Status()>& go_on) {
  rpc::Call call;
  call.stop = stop;
  const Work work{tenant, models, feature_time, call, scores_.Forgettings(tenant)};
  common::v1::DatasetSpec spec;
  for (std::string& feature : FeaturesOf(*registry_.Get(), tenant, models)) spec.add_features(std::move(feature));
  if (spec.features().empty()) {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kVersionNotAvailable,
                 "no version of the models is loaded");
  }
  *spec.mutable_as_of() = ToProto(feature_time);
  RescoreTally tally;
  const auto take = [&](const ingestion::v1::ReadDatasetResponse& part) -> absl::Status {
    if (part.has_header()) features_.Begin(part.header());
    if (part.has_omissions()) {
      const auto models_left = static_cast<int64_t>(models.size());
      tally.counts.set_customers(tally.counts.customers() + part.omissions().opted_out_rows());
      tally.counts.set_left_out(tally.counts.left_out() + part.omissions().opted_out_rows() * models_left);
    }
    if (!part.has_chunk()) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(go_on());
    return ScoreChunk(work, part.chunk(), tally);
  };
  CLIENTELE_RETURN_IF_ERROR(portfolios_.Read(tenant, spec, shards, call, take));
  return tally;
}

absl::Status RescorePass::ScoreChunk(const Work& work, const common::v1::DatasetChunk& chunk, RescoreTally& tally) {
  if (chunk.customer_ids().empty()) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(features_.Set(chunk));
  tally.counts.set_customers(tally.counts.customers() + chunk.customer_ids_size());
  for (const std::string& model : work.models) CLIENTELE_RETURN_IF_ERROR(ScoreByModel(work, model, chunk, tally));
  return absl::OkStatus();
}

absl::Status RescorePass::ScoreByModel(const Work& work, const std::string& model,
                                       const common::v1::DatasetChunk& chunk, RescoreTally& tally) {
  const std::string name = FormatModel(work.tenant, model);
  BatchScoreRequestView request{.name = name, .max_reasons = kReasons};
  for (const std::string& customer_id : chunk.customer_ids()) request.subjects.push_back({.customer_id = customer_id});
  v1::BatchScoreResponse response;
  std::vector<v1::CurrentScore> current(request.subjects.size());
  const auto take = [&](int i, const v1::Score& score) {
    if (score.result_case() == v1::Score::RESULT_NOT_SET) return;
    current[i] = ToCurrentScore({work.tenant, model, chunk.customer_ids(i)}, score, response.model_version());
    *current[i].mutable_feature_time() = ToProto(work.feature_time);
  };
  CLIENTELE_ASSIGN_OR_RETURN(const ScoringEngine::Batch batch, engine_.Prepare(request));
  CLIENTELE_RETURN_IF_ERROR(engine_.BatchScore(work.call, batch, request, response, take));
  CLIENTELE_RETURN_IF_ERROR(CountErrors(response, tally));
  const auto score_time = ToProto(absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now())));
  std::erase_if(current, [](const v1::CurrentScore& row) { return row.name().empty(); });  // Those without a score.
  for (v1::CurrentScore& row : current) *row.mutable_score_time() = score_time;
  tally.counts.set_scores(tally.counts.scores() + static_cast<int64_t>(current.size()));
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t group_changes,
                             scores_.Put(work.tenant, model, std::move(current), work.forgettings));
  tally.counts.set_group_changes(tally.counts.group_changes() + group_changes);
  return absl::OkStatus();
}

absl::Status RescorePass::CountErrors(const v1::BatchScoreResponse& response, RescoreTally& tally) {
  for (const v1::ScoreError& error : response.errors()) {
    CLIENTELE_RETURN_IF_ERROR(ConcernsAll(error));
    if (IsLeftOut(error)) {
      tally.counts.set_left_out(tally.counts.left_out() + 1);
      continue;
    }
    tally.counts.set_errors(tally.counts.errors() + 1);
    if (tally.first_error.empty()) tally.first_error = error.message();
  }
  return absl::OkStatus();
}

}  // namespace clientele::inference
