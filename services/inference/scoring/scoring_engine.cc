#include "services/inference/scoring/scoring_engine.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "services/inference/scoring/lifetime_value_score.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/standing.h"
#include "services/inference/scoring/value_at_risk.h"

namespace clientele::inference {
namespace {

using ingestion::v1::BatchGetFeaturesResponse;
using ingestion::v1::FeatureVector;
using model::Cell;

// How many reasons are meant; `if_zero` is what 0 stands for.
absl::StatusOr<int> ReasonCount(int asked, int if_zero) {
  if (asked < -1 || asked > kMaxReasons) {
    return InvalidField("max_reasons", absl::StrCat(asked, " is not in -1 to ", kMaxReasons));
  }
  return asked == 0 ? if_zero : std::max(asked, 0);
}

// A horizon of the request's own.
absl::Status CheckHorizon(const ScoringModel& model, int days) {
  if (days == 0) return absl::OkStatus();
  if (model.algorithm() != v1::ALGORITHM_LIFETIME_VALUE) {
    return InvalidField("horizon_days", "is for lifetime value models, and this is another; leave it out");
  }
  if (days >= 1 && days <= kMostHorizonDays) return absl::OkStatus();
  return InvalidField("horizon_days", absl::StrCat(days, " is not 1 to ", kMostHorizonDays));
}

absl::Status CheckSubject(const v1::Subject& subject, absl::string_view field) {
  if (!subject.customer_id().empty() || !subject.features().empty()) return absl::OkStatus();
  return InvalidField(field, "has neither customer_id nor features");
}

// Features that are all given need no reading, and so no ingestion.
bool NeedsFeatures(const ScoringModel& model, const v1::Subject& subject) {
  return !subject.customer_id().empty() && subject.features_size() < model.num_features();
}

absl::Status CustomerNotFound() {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, "the customer has no records");
}

// A row that is another customer's would be a wrong score that nobody notices.
absl::Status CheckRows(const BatchGetFeaturesResponse& table, absl::Span<const std::string> ids) {
  const auto is_its_row = [](const std::string& id, const FeatureVector& row) { return row.customer_id() == id; };
  if (std::equal(ids.begin(), ids.end(), table.rows().begin(), table.rows().end(), is_its_row)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               "ingestion's answer does not have the customers that were asked for");
}

// The rows of a request that one arm scores.
struct DealtRows {
  std::shared_ptr<const Version> version;
  std::vector<int> indices;
};

// By arm; "" for subjects that are no customers, and those whose arm cannot score: the champion's. Rows that nothing can
// score come out as the champion's too, and get its error.
std::map<std::string, DealtRows> DealRows(const Catalogue& catalogue, const ModelReference& reference,
                                          const v1::BatchScoreRequest& request) {
  std::map<std::string, DealtRows> dealt;
  for (int i = 0; i < request.subjects_size(); ++i) {
    auto found = ResolveFor(catalogue, reference, request.subjects(i).customer_id());
    if (!found.ok()) continue;  // The caller has resolved the champion.
    DealtRows& rows = dealt[found->arm];
    rows.version = std::move(found->version);
    rows.indices.push_back(i);
  }
  return dealt;
}

struct Served {
  std::string model;
  Resolution found;
};

// What serves the customer by default, by model id: each model's champion, or the customer's arm. A model without a champion
// serves nobody by default, and so is not one of them.
std::vector<Served> FindServed(const Catalogue& catalogue, const TenantId& tenant, absl::string_view customer_id) {
  std::vector<Served> served;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return served;
  for (const auto& [id, model] : *models->second) {
    auto found = ResolveFor(catalogue, {tenant, id, std::string(kChampion), 0, /*by_model=*/true}, customer_id);
    if (found.ok()) served.push_back({id, *std::move(found)});
  }
  return served;
}

}  // namespace

// Some customers' features, or why they could not be had.
struct ScoringEngine::Fetched {
  absl::Status status = absl::OkStatus();
  BatchGetFeaturesResponse table;
  std::vector<int> columns;  // See FindColumns.
  std::vector<int> slots;    // For each subject its row of the table, or -1.
};

ScoringEngine::Fetched ScoringEngine::Fetch(const rpc::Call& call, const TenantId& tenant, const ScoringModel& model,
                                            absl::Span<const v1::Subject* const> subjects) const {
  Fetched fetched;
  std::vector<std::string> ids;
  for (const v1::Subject* subject : subjects) {
    const bool needed = NeedsFeatures(model, *subject);
    fetched.slots.push_back(needed ? static_cast<int>(ids.size()) : -1);
    if (needed) ids.push_back(subject->customer_id());
  }
  if (ids.empty()) return fetched;
  auto table = features_.Fetch(tenant, ids, model.features(), call);
  fetched.status = table.status();
  if (fetched.status.ok()) {
    fetched.table = *std::move(table);
    fetched.status = CheckRows(fetched.table, ids);
  }
  if (!fetched.status.ok()) return fetched;
  auto columns = FindColumns(model, fetched.table);
  fetched.status = columns.status();
  if (columns.ok()) fetched.columns = *std::move(columns);
  return fetched;
}

absl::StatusOr<v1::Score> ScoringEngine::ScoreSubject(const ScoringModel& model, const v1::Subject& subject,
                                                      absl::string_view field, const Fetched& fetched, int slot,
                                                      const Wanted& wanted, absl::Span<Cell> row) const {
  const auto score = [&]() -> absl::StatusOr<v1::Score> {
    CLIENTELE_RETURN_IF_ERROR(CheckSubject(subject, field));
    std::fill(row.begin(), row.end(), Cell::Missing());
    if (slot >= 0) {
      CLIENTELE_RETURN_IF_ERROR(fetched.status);
      const FeatureVector& values = fetched.table.rows(slot);
      if (!values.found()) return CustomerNotFound();
      CLIENTELE_RETURN_IF_ERROR(ReadFetched(model, fetched.columns, values, row));
    }
    if (!subject.features().empty()) {
      CLIENTELE_RETURN_IF_ERROR(ReadGiven(model, subject.features(), absl::StrCat(field, ".features"), row));
    }
    v1::Score result = ScoreRow(model, row, wanted.max_reasons, wanted.horizon_days);
    result.set_customer_id(subject.customer_id());
    SetStanding(model, wanted.tiers, result);
    if (slot >= 0) SetFeatureTime(fetched.table.as_of(), result);
    return result;
  };
  auto result = score();
  metrics_.Count(model.algorithm(), result.status().code());
  return result;
}

absl::StatusOr<v1::ScoreResponse> ScoringEngine::Score(const rpc::Call& call, const v1::ScoreRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons(), kDefaultReasons));
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found,
                             ResolveFor(*registry_.Get(), reference, request.subject().customer_id()));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*found.version));
  const ScoringModel& model = *found.version->model;
  CLIENTELE_RETURN_IF_ERROR(CheckHorizon(model, request.horizon_days()));
  const Fetched fetched = Fetch(call, reference.tenant, model, {&request.subject()});
  const auto rules = tiers_.Get(reference.tenant);
  const Wanted wanted{max_reasons, request.horizon_days(), rules->ForVersion(found.version->metadata.name())};
  CLIENTELE_ASSIGN_OR_RETURN(
      v1::Score score,
      ScoreOne({reference.tenant, reference.model, found.version, found.alias, found.arm, reference.by_model},
               request.subject(), "subject", fetched, fetched.slots[0], wanted));
  v1::ScoreResponse response;
  *response.mutable_score() = std::move(score);
  response.set_model_version(found.version->metadata.name());
  response.set_alias(std::move(found.alias));
  response.set_arm(std::move(found.arm));
  response.set_fallen_from_arm(std::move(found.fallen_from_arm));
  return response;
}

absl::StatusOr<v1::Score> ScoringEngine::ScoreOne(ScoredBy by, const v1::Subject& subject, absl::string_view field,
                                                  const Fetched& fetched, int slot, const Wanted& wanted) const {
  const ScoringModel& model = *by.version->model;
  std::vector<Cell> row(model.num_features());
  const bool watched = IsWatched(wanted, 1);
  const absl::Time begin = watched ? absl::Now() : absl::Time();
  auto score = ScoreSubject(model, subject, field, fetched, slot, wanted, absl::MakeSpan(row));
  if (!watched || !score.ok()) return score;
  ScoredRows scored(std::move(by), 1);
  scored.set_scoring_time(absl::Now() - begin);
  scored.Add(subject.customer_id(), row, *score);
  observer_->Observe(std::move(scored));
  return score;
}

absl::StatusOr<v1::BatchScoreResponse> ScoringEngine::BatchScore(const rpc::Call& call,
                                                                 const v1::BatchScoreRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons(), 0));
  const int size = request.subjects_size();
  if (size < 1 || size > kMaxSubjects) {
    return InvalidField("subjects", absl::StrCat(size, " of them; allowed: 1 to ", kMaxSubjects));
  }
  const auto catalogue = registry_.Get();
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*catalogue, reference));
  v1::BatchScoreResponse response;
  response.set_model_version(found.version->metadata.name());
  response.set_alias(found.alias);
  response.mutable_scores()->Reserve(size);
  for (int i = 0; i < size; ++i) response.add_scores();
  const auto rules = tiers_.Get(reference.tenant);
  const Wanted wanted{max_reasons, request.horizon_days(), rules->ForVersion(response.model_version())};
  if (!IsShared(*catalogue, reference)) {
    std::vector<int> all(size);
    std::iota(all.begin(), all.end(), 0);
    const ScoredBy by{reference.tenant, reference.model, found.version, found.alias, "", reference.by_model};
    CLIENTELE_RETURN_IF_ERROR(ScoreRows(call, by, request, all, wanted, response));
    return response;
  }
  for (const auto& [arm, rows] : DealRows(*catalogue, reference, request)) {
    const ScoredBy by{reference.tenant, reference.model, rows.version, arm.empty() ? found.alias : "", arm, true};
    CLIENTELE_RETURN_IF_ERROR(ScoreRows(call, by, request, rows.indices, wanted, response));
    for (const int i : rows.indices) {
      response.mutable_scores(i)->set_model_version(rows.version->metadata.name());
      response.mutable_scores(i)->set_arm(arm);
    }
  }
  std::sort(response.mutable_errors()->begin(), response.mutable_errors()->end(),
            [](const v1::ScoreError& a, const v1::ScoreError& b) { return a.index() < b.index(); });
  for (const v1::ScoreError& error : response.errors()) response.mutable_scores(error.index())->Clear();
  return response;
}

absl::Status ScoringEngine::ScoreRows(const rpc::Call& call, const ScoredBy& by, const v1::BatchScoreRequest& request,
                                      absl::Span<const int> indices, const Wanted& wanted,
                                      v1::BatchScoreResponse& response) const {
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*by.version));
  const ScoringModel& model = *by.version->model;
  CLIENTELE_RETURN_IF_ERROR(CheckHorizon(model, wanted.horizon_days));
  std::vector<Cell> row(model.num_features());
  std::vector<const v1::Subject*> subjects;
  for (size_t begin = 0; begin < indices.size(); begin += kMaxFetchedCustomers) {
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    const auto some = indices.subspan(begin, kMaxFetchedCustomers);
    subjects.clear();
    for (const int i : some) subjects.push_back(&request.subjects(i));
    const Fetched fetched = Fetch(call, by.tenant, model, subjects);
    std::optional<ScoredRows> scored;
    if (IsWatched(wanted, static_cast<int>(some.size()))) {
      scored.emplace(by, static_cast<int>(some.size()));
    }
    const absl::Time started = absl::Now();
    for (size_t k = 0; k < some.size(); ++k) {
      const int i = some[k];
      auto score = ScoreSubject(model, request.subjects(i), absl::StrCat("subjects[", i, "]"), fetched, fetched.slots[k],
                                wanted, absl::MakeSpan(row));
      if (score.ok()) {
        if (scored.has_value()) scored->Add(request.subjects(i).customer_id(), row, *score);
        *response.mutable_scores(i) = *std::move(score);
        continue;
      }
      v1::ScoreError& error = *response.add_errors();
      error.set_index(i);
      error.set_code(static_cast<int>(score.status().code()));
      error.set_message(std::string(score.status().message()));
    }
    if (!scored.has_value()) continue;
    scored->set_scoring_time(absl::Now() - started);
    observer_->Observe(*std::move(scored));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ScoreCustomerResponse> ScoringEngine::ScoreCustomer(const rpc::Call& call,
                                                                       const v1::ScoreCustomerRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons(), kDefaultReasons));
  v1::ScoreCustomerResponse response;
  const std::vector<Served> served = FindServed(*registry_.Get(), name.tenant, name.customer_id);
  std::set<std::string> wanted;
  for (const Served& one : served) {
    if (one.found.version->model == nullptr) continue;
    const auto features = one.found.version->model->features();
    wanted.insert(features.begin(), features.end());
  }
  Fetched fetched;
  if (!wanted.empty()) {
    const std::vector<std::string> features(wanted.begin(), wanted.end());
    CLIENTELE_ASSIGN_OR_RETURN(fetched.table, features_.Fetch(name.tenant, {name.customer_id}, features, call));
    CLIENTELE_RETURN_IF_ERROR(CheckRows(fetched.table, {name.customer_id}));
    if (!fetched.table.rows(0).found()) return CustomerNotFound();
  }
  v1::Subject subject;
  subject.set_customer_id(name.customer_id);
  const auto rules = tiers_.Get(name.tenant);
  std::vector<const clientele::model::v1::TrainingSpec*> specs;  // Of the scores.
  for (const Served& one : served) {
    auto score = ScoreServed({name.tenant, one.model, one.found.version, one.found.alias, one.found.arm, true}, *rules,
                             subject, fetched, max_reasons);
    if (!score.ok()) {
      auto& error = *response.add_errors();
      error.set_model(FormatModel(name.tenant, one.model));
      error.set_code(static_cast<int>(score.status().code()));
      error.set_message(std::string(score.status().message()));
      continue;
    }
    specs.push_back(&one.found.version->metadata.spec());
    v1::ScoreResponse& scored = *response.add_scores();
    *scored.mutable_score() = *std::move(score);
    scored.set_model_version(one.found.version->metadata.name());
    scored.set_alias(one.found.alias);
    scored.set_arm(one.found.arm);
    scored.set_fallen_from_arm(one.found.fallen_from_arm);
  }
  SetValueAtRisk(specs, response);
  return response;
}

absl::StatusOr<v1::Score> ScoringEngine::ScoreServed(ScoredBy by, const TierRules& rules, const v1::Subject& subject,
                                                     Fetched& fetched, int max_reasons) const {
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*by.version));
  CLIENTELE_ASSIGN_OR_RETURN(fetched.columns, FindColumns(*by.version->model, fetched.table));
  const Wanted wanted{max_reasons, /*horizon_days=*/0, rules.ForVersion(by.version->metadata.name())};
  return ScoreOne(std::move(by), subject, "name", fetched, 0, wanted);
}

}  // namespace clientele::inference
