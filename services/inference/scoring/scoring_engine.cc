#include "services/inference/scoring/scoring_engine.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "google/protobuf/arena.h"
#include "services/inference/registry/settings.h"
#include "services/inference/scoring/dealt_rows.h"
#include "services/inference/scoring/lifetime_value_score.h"
#include "services/inference/scoring/plain_scores.h"
#include "services/inference/scoring/value_at_risk.h"

namespace clientele::inference {
namespace {

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

constexpr int kMostQuickCells = 1 << 16;
constexpr int kFewRows = 16;  // Of 32 cells each: half of the first cache.

// Features that are all given need no reading, and so no ingestion.
bool NeedsFeatures(const ScoringModel& model, const SubjectView& subject) {
  return !subject.customer_id.empty() && subject.num_features < model.num_features();
}

// As a thousand rows of a linear model are, with time to spare; reasons, many clusters or many classes take longer.
bool IsQuick(const ScoringEngine::Batch& batch, const BatchScoreRequestView& request) {
  const ScoringModel* model = batch.found.version->model.get();
  if (model == nullptr || batch.max_reasons > 0) return false;
  if (!PlainScores::Are(*model)) return false;
  if (static_cast<int>(request.subjects.size()) * model->num_features() > kMostQuickCells) return false;
  return !IsShared(*batch.catalogue, batch.reference) &&
         std::none_of(request.subjects.begin(), request.subjects.end(),
                      [&](const SubjectView& subject) { return NeedsFeatures(*model, subject); });
}

absl::StatusOr<std::shared_ptr<const FeatureRow>> First(absl::StatusOr<FeatureRows> rows) {
  if (!rows.ok()) return rows.status();
  return std::move((*rows)[0]);
}

void AddError(int index, const absl::Status& status, v1::BatchScoreResponse& response) {
  v1::ScoreError& error = *response.add_errors();
  error.set_index(index);
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
}

void AddError(std::string model, const absl::Status& status, v1::ScoreCustomerResponse& response) {
  auto& error = *response.add_errors();
  error.set_model(std::move(model));
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
}

// Says which version scored, and what led there. Setting an empty text would cost as much as setting a full one.
void SetFound(const Resolution& found, v1::ScoreResponse& response) {
  response.set_model_version(found.version->metadata.name());
  if (!found.alias.empty()) response.set_alias(found.alias);
  if (!found.arm.empty()) response.set_arm(found.arm);
  if (!found.fallen_from_arm.empty()) response.set_fallen_from_arm(found.fallen_from_arm);
}

struct Served {
  std::string model;
  Resolution found;
  absl::Status allowed = absl::OkStatus();  // Whether the model may score the customer.
};

// What serves the customer by default, by model id: each model's champion, or the customer's arm. A model without a
// champion serves nobody by default, and so is not one of them.
std::vector<Served> FindServed(const Catalogue& catalogue, const TenantId& tenant, absl::string_view customer_id) {
  std::vector<Served> served;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return served;
  for (const auto& [id, model] : *models->second) {
    auto found = ResolveFor(catalogue, {tenant, id, std::string(kChampion), 0, /*by_model=*/true}, customer_id);
    if (found.ok()) served.push_back({id, *std::move(found), absl::OkStatus()});
  }
  return served;
}

// What those read that may score the customer.
std::vector<std::string> FeaturesOf(const std::vector<Served>& served) {
  std::set<std::string> wanted;
  for (const Served& one : served) {
    if (!one.allowed.ok() || one.found.version->model == nullptr) continue;
    const FeatureNames& features = one.found.version->model->features();
    wanted.insert(features.begin(), features.end());
  }
  return {wanted.begin(), wanted.end()};
}

}  // namespace

struct ScoringEngine::Waiting {
  std::shared_ptr<const NamedModel> named;
  std::optional<Resolution> arm;  // Nothing: what was named scores.
  std::shared_ptr<const TierRules> rules;
  int max_reasons = 0;
  Fetched fetched;

  const Resolution& found() const { return arm.has_value() ? *arm : named->found; }
};

absl::Status ScoringEngine::CheckAllowed(const TenantId& tenant, absl::string_view model,
                                         absl::string_view customer_id) const {
  if (guard_ == nullptr) return absl::OkStatus();
  return guard_->Check(tenant, customer_id, [&] { return PurposeOf(*registry_.Get(), tenant, model); });
}

absl::StatusOr<ScoringEngine::Waiting> ScoringEngine::Prepare(const ScoreRequestView& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(auto named, ResolveName(*registry_.Get(), "name", request.name));
  const auto& [tenant, model, alias, number, by_model] = named->reference;
  CLIENTELE_RETURN_IF_ERROR(CheckAllowed(tenant, model, request.subject.customer_id));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons, kDefaultReasons));
  CLIENTELE_ASSIGN_OR_RETURN(auto arm, ResolveArm(*named, request.subject.customer_id));
  auto rules = tiers_.Get(tenant);
  Waiting waiting{std::move(named), std::move(arm), std::move(rules), max_reasons, std::nullopt};
  const Version& version = *waiting.found().version;
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(version));
  CLIENTELE_RETURN_IF_ERROR(CheckHorizon(*version.model, request.horizon_days));
  return waiting;
}

absl::Status ScoringEngine::Finish(const Waiting& waiting, const ScoreRequestView& request,
                                   v1::ScoreResponse& response) const {
  const ModelReference& reference = waiting.named->reference;
  const Resolution& found = waiting.found();
  const WantedScore wanted{waiting.max_reasons, request.horizon_days,
                           waiting.rules->ForVersion(found.version->metadata.name())};
  CLIENTELE_RETURN_IF_ERROR(
      ScoreOne({reference.tenant, reference.model, found.version, found.alias, found.arm, reference.by_model},
               request.subject, "subject", waiting.fetched, wanted, *response.mutable_score()));
  SetFound(found, response);
  return absl::OkStatus();
}

bool ScoringEngine::IsReady(Waiting& waiting, const SubjectView& subject) const {
  const ScoringModel& model = *waiting.found().version->model;
  if (!NeedsFeatures(model, subject)) return true;
  auto row = features_.Find(waiting.named->reference.tenant, subject.customer_id, model.features());
  if (row == nullptr) return false;
  waiting.fetched = std::move(row);
  return true;
}

std::optional<absl::Status> ScoringEngine::ScoreAtOnce(const ScoreRequestView& request,
                                                       v1::ScoreResponse& response) const {
  auto prepared = Prepare(request);
  if (!prepared.ok()) return prepared.status();
  if (!IsReady(*prepared, request.subject)) return std::nullopt;
  return Finish(*prepared, request, response);
}

void ScoringEngine::Score(const rpc::Call& call, const ScoreRequestView& request, v1::ScoreResponse& response,
                          std::function<void(absl::Status)> done) const {
  auto prepared = Prepare(request);
  if (!prepared.ok()) return done(prepared.status());
  if (IsReady(*prepared, request.subject)) return done(Finish(*prepared, request, response));
  const auto waiting = std::make_shared<Waiting>(*std::move(prepared));
  features_.Fetch(waiting->named->reference.tenant, {std::string(request.subject.customer_id)},
                  waiting->found().version->model->features(), call,
                  [this, waiting, &request, &response, done](absl::StatusOr<FeatureRows> rows) {
                    waiting->fetched = First(std::move(rows));
                    done(Finish(*waiting, request, response));
                  });
}

absl::Status ScoringEngine::ScoreOne(const ScoredBy& by, const SubjectView& subject, absl::string_view field,
                                     const Fetched& fetched, const WantedScore& wanted, v1::Score& score) const {
  const ScoringModel& model = *by.version->model;
  const bool watched = IsWatched(wanted, 1);
  const absl::Time begin = watched ? absl::Now() : absl::Time();
  RowScorer scorer(model, wanted, RowMemory::OfThread(), /*most_rows=*/1);
  const absl::Status status = scorer.Read(
      subject, [field] { return std::string(field); }, fetched);
  metrics_.Count(model.algorithm(), status.code());
  CLIENTELE_RETURN_IF_ERROR(status);
  scorer.Predict();
  scorer.SetScore(0, subject, fetched, score);
  AddOverride(by, subject.customer_id, score);
  if (!watched) return absl::OkStatus();
  observer_->ObserveOne(by, subject.customer_id, scorer.row(0), score, absl::Now() - begin);
  return absl::OkStatus();
}

// Empty: of none is anything needed.
std::vector<Fetched> ScoringEngine::Fetch(const rpc::Call& call, const ScoredBy& by,
                                          absl::Span<const SubjectView> subjects, absl::Span<const int> indices) const {
  const ScoringModel& model = *by.version->model;
  std::vector<Fetched> fetched;
  std::vector<std::string> ids;
  std::vector<size_t> waiting;
  for (size_t k = 0; k < indices.size(); ++k) {
    const SubjectView& subject = subjects[indices[k]];
    if (absl::Status allowed = CheckAllowed(by.tenant, by.model, subject.customer_id); !allowed.ok()) {
      fetched.resize(indices.size());
      fetched[k] = std::move(allowed);
      continue;
    }
    if (!NeedsFeatures(model, subject)) continue;
    ids.emplace_back(subject.customer_id);
    waiting.push_back(k);
  }
  if (ids.empty()) return fetched;
  fetched.resize(indices.size());
  auto rows = FetchAndWait(features_, by.tenant, ids, model.features(), call);
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (rows.ok()) {
      fetched[waiting[i]] = std::move((*rows)[i]);
    } else {
      fetched[waiting[i]] = rows.status();
    }
  }
  return fetched;
}

absl::StatusOr<ScoringEngine::Batch> ScoringEngine::Prepare(const BatchScoreRequestView& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(ModelReference reference, ParseModelReference("name", request.name));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons, 0));
  const size_t size = request.subjects.size();
  if (size < 1 || size > kMaxSubjects) {
    return InvalidField("subjects", absl::StrCat(size, " of them; allowed: 1 to ", kMaxSubjects));
  }
  auto catalogue = registry_.Get();
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*catalogue, reference));
  auto rules = tiers_.Get(reference.tenant);
  Batch batch{std::move(reference), max_reasons, std::move(catalogue), std::move(found), std::move(rules)};
  batch.is_quick = IsQuick(batch, request);
  return batch;
}

absl::Status ScoringEngine::BatchScore(const rpc::Call& call, const Batch& batch, const BatchScoreRequestView& request,
                                       v1::BatchScoreResponse& response, TakeScore take, ScoreBytes* bytes) const {
  const auto& [reference, max_reasons, catalogue, found, rules, is_quick] = batch;
  response.set_model_version(found.version->metadata.name());
  response.set_alias(found.alias);
  const WantedScore wanted{max_reasons, request.horizon_days, rules->ForVersion(response.model_version())};
  if (!IsShared(*catalogue, reference)) {
    std::vector<int> all(request.subjects.size());
    std::iota(all.begin(), all.end(), 0);
    const ScoredBy by{reference.tenant, reference.model, found.version, found.alias, "", reference.by_model};
    return ScoreRows(call, by, request.subjects, all, wanted, response, take, bytes);
  }
  for (const auto& [arm, rows] : DealRows(*catalogue, reference, request.subjects)) {
    const ScoredBy by{reference.tenant, reference.model, rows.version, arm.empty() ? found.alias : "", arm, true};
    const auto take_of_arm = [&take, &by](int i, v1::Score& score) {
      score.set_model_version(by.version->metadata.name());
      score.set_arm(by.arm);
      take(i, score);
    };
    CLIENTELE_RETURN_IF_ERROR(
        ScoreRows(call, by, request.subjects, rows.indices, wanted, response, take_of_arm, /*bytes=*/nullptr));
  }
  std::sort(response.mutable_errors()->begin(), response.mutable_errors()->end(),
            [](const v1::ScoreError& a, const v1::ScoreError& b) { return a.index() < b.index(); });
  return absl::OkStatus();
}

absl::Status ScoringEngine::ScoreRows(const rpc::Call& call, const ScoredBy& by, absl::Span<const SubjectView> subjects,
                                      absl::Span<const int> indices, const WantedScore& wanted,
                                      v1::BatchScoreResponse& response, TakeScore take, ScoreBytes* bytes) const {
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*by.version));
  const ScoringModel& model = *by.version->model;
  CLIENTELE_RETURN_IF_ERROR(CheckHorizon(model, wanted.horizon_days));
  for (size_t begin = 0; begin < indices.size(); begin += kMaxFetchedCustomers) {
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    const auto some = indices.subspan(begin, kMaxFetchedCustomers);
    const std::vector<Fetched> fetched = Fetch(call, by, subjects, some);
    const int size = static_cast<int>(some.size());
    std::optional<ScoredRows> scored;
    if (IsWatched(wanted, size)) scored.emplace(by, size);
    const absl::Time started = absl::Now();
    ScoreFetched(by, subjects, some, fetched, wanted, scored, response, take, bytes);
    if (!scored.has_value()) continue;
    scored->set_scoring_time(absl::Now() - started);
    observer_->Observe(*std::move(scored));
  }
  return absl::OkStatus();
}

void ScoringEngine::ScoreFetched(const ScoredBy& by, absl::Span<const SubjectView> subjects,
                                 absl::Span<const int> indices, absl::Span<const Fetched> fetched,
                                 const WantedScore& wanted, std::optional<ScoredRows>& scored,
                                 v1::BatchScoreResponse& response, TakeScore take, ScoreBytes* bytes) const {
  const ScoringModel& model = *by.version->model;
  // Linear models take a row after the other, and gain nothing by more at once.
  const bool is_linear = PlainScores::Are(model);
  RowScorer scorer(model, wanted, RowMemory::OfThread(), is_linear ? kFewRows : model::kRowsAtOnce);
  const bool is_plain = is_linear && bytes != nullptr && !scored.has_value() && wanted.max_reasons == 0;
  std::optional<PlainScores> plain;
  if (is_plain) plain.emplace(model, wanted.tiers);
  google::protobuf::Arena arena;
  auto& score = *google::protobuf::Arena::CreateMessage<v1::Score>(&arena);
  const auto fetched_of = [&fetched](size_t k) -> const Fetched& {
    static const Fetched kNothing;
    return fetched.empty() ? kNothing : fetched[k];
  };
  absl::InlinedVector<size_t, model::kRowsAtOnce> read;  // Which of the indices the scorer's rows are.
  for (size_t k = 0; k < indices.size(); scorer.Clear(), read.clear()) {
    for (; k < indices.size() && !scorer.full(); ++k) {
      const int i = indices[k];
      const absl::Status status = scorer.Read(
          subjects[i], [i] { return absl::StrCat("subjects[", i, "]"); }, fetched_of(k));
      if (status.ok()) {
        read.push_back(k);
      } else {
        metrics_.Count(model.algorithm(), status.code());
        AddError(i, status, response);
      }
    }
    scorer.Predict();
    metrics_.Count(model.algorithm(), absl::StatusCode::kOk, scorer.size());
    for (int r = 0; r < scorer.size(); ++r) {
      const int i = indices[read[r]];
      const SubjectView& subject = subjects[i];
      const Fetched& row = fetched_of(read[r]);
      AddOverride(by, subject.customer_id, score);
      if (is_plain && !score.has_score_override() && !row.has_value() && scorer.prediction(r).imputed.empty()) {
        bytes->Set(i, plain->Write(scorer.prediction(r), subject.customer_id));
        continue;
      }
      scorer.SetScore(r, subject, row, score);
      if (scored.has_value()) scored->Add(subject.customer_id, scorer.row(r), score);
      take(i, score);
      score.Clear();
    }
  }
}

absl::StatusOr<v1::ScoreCustomerResponse> ScoringEngine::ScoreCustomer(const rpc::Call& call,
                                                                       const v1::ScoreCustomerRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request.name()));
  CLIENTELE_RETURN_IF_ERROR(CheckAllowed(name.tenant, /*model=*/"", name.customer_id));
  CLIENTELE_ASSIGN_OR_RETURN(const int max_reasons, ReasonCount(request.max_reasons(), kDefaultReasons));
  v1::ScoreCustomerResponse response;
  std::vector<Served> served = FindServed(*registry_.Get(), name.tenant, name.customer_id);
  for (Served& one : served) one.allowed = CheckAllowed(name.tenant, one.model, name.customer_id);
  Fetched fetched;
  if (const std::vector<std::string> features = FeaturesOf(served); !features.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(FeatureRows rows,
                               FetchAndWait(features_, name.tenant, {name.customer_id}, features, call));
    if (rows[0] == nullptr) return CustomerNotFound();
    fetched = std::move(rows[0]);
  }
  const SubjectView subject{.customer_id = name.customer_id};
  const auto rules = tiers_.Get(name.tenant);
  std::vector<const clientele::model::v1::TrainingSpec*> specs;  // Of the scores.
  for (const Served& one : served) {
    v1::ScoreResponse& scored = *response.add_scores();
    absl::Status status = one.allowed;
    if (status.ok()) {
      status = ScoreServed({name.tenant, one.model, one.found.version, one.found.alias, one.found.arm, true}, *rules,
                           subject, fetched, max_reasons, *scored.mutable_score());
    }
    if (!status.ok()) {
      response.mutable_scores()->RemoveLast();
      AddError(FormatModel(name.tenant, one.model), status, response);
      continue;
    }
    specs.push_back(&one.found.version->metadata.spec());
    SetFound(one.found, scored);
  }
  SetValueAtRisk(specs, response);
  return response;
}

absl::Status ScoringEngine::ScoreServed(const ScoredBy& by, const TierRules& rules, const SubjectView& subject,
                                        const Fetched& fetched, int max_reasons, v1::Score& score) const {
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*by.version));
  const WantedScore wanted{max_reasons, /*horizon_days=*/0, rules.ForVersion(by.version->metadata.name())};
  return ScoreOne(by, subject, "name", fetched, wanted, score);
}

}  // namespace clientele::inference
