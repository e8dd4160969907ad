#include "services/inference/scoring/score_change.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/registry/settings.h"
#include "services/inference/scoring/event_words.h"
#include "services/inference/scoring/score_change_parts.h"
#include "services/inference/scoring/scorer.h"

namespace clientele::inference {
namespace {

using ingestion::v1::BatchGetFeaturesResponse;
using ingestion::v1::Record;
using VersionPtr = std::shared_ptr<const Version>;

// The version an alias stood for; nothing where there was no such alias yet.
absl::StatusOr<VersionPtr> VersionAt(const Registry& registry, const ModelReference& reference, absl::Time time) {
  const auto alias = registry.GetAlias({reference.tenant, reference.model, reference.alias}, time);
  if (absl::IsNotFound(alias.status())) return nullptr;
  CLIENTELE_RETURN_IF_ERROR(alias.status());
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference version, ParseModelReference("version", alias->version()));
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*registry.Get(), version));
  return std::move(found.version);
}

struct Versions {
  VersionPtr from;
  VersionPtr to;
};

absl::StatusOr<Versions> FindVersions(const Registry& registry, const v1::ExplainScoreChangeRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  CLIENTELE_ASSIGN_OR_RETURN(Resolution now, ResolveFor(*registry.Get(), reference, request.customer_id()));
  Versions versions{nullptr, now.version};
  if (!reference.alias.empty() && request.has_to_time()) {
    CLIENTELE_ASSIGN_OR_RETURN(const VersionPtr then, VersionAt(registry, reference, FromProto(request.to_time())));
    if (then != nullptr) versions.to = then;
  }
  if (!request.from_version().empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelReference from, ParseModelReference("from_version", request.from_version()));
    if (from.tenant != reference.tenant) return InvalidField("from_version", "is another tenant's");
    CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*registry.Get(), from));
    versions.from = std::move(found.version);
  } else if (!reference.alias.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(versions.from, VersionAt(registry, reference, FromProto(request.from_time())));
  }
  if (versions.from == nullptr) versions.from = versions.to;
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*versions.from));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*versions.to));
  return versions;
}

absl::StatusOr<ScoreScale> FindScale(const Versions& versions) {
  if (ScaleOf(*versions.to->model) == ScoreScale::kNone) {
    return InvalidField("name", "the model tells a segment or a class, and such have no difference in parts");
  }
  const ScoreScale scale = CommonScale(*versions.from->model, *versions.to->model);
  if (scale != ScoreScale::kNone) return scale;
  return InvalidField("from_version",
                      absl::StrCat(versions.from->metadata.name(), " and ", versions.to->metadata.name(),
                                   " are of different algorithms: their scores cannot be compared"));
}

// Everything that happened at one instant.
struct Event {
  absl::Time time;
  std::vector<Record> records;
};

// One customer through time, as one request asks for it.
class CustomerAtTimes {
 public:
  CustomerAtTimes(CustomerHistory& history, const rpc::Call& call, const TenantId& tenant, std::string customer_id,
                  const Versions& versions)
      : history_(history), call_(call), tenant_(tenant), ids_({std::move(customer_id)}) {
    std::set<std::string> features(versions.from->model->features().begin(), versions.from->model->features().end());
    features.insert(versions.to->model->features().begin(), versions.to->model->features().end());
    features_.assign(features.begin(), features.end());
  }

  absl::StatusOr<BatchGetFeaturesResponse> At(const PastInstant& instant) const {
    CLIENTELE_ASSIGN_OR_RETURN(auto table, history_.FeaturesAt(tenant_, ids_, features_, instant, call_));
    if (table.rows_size() == 1 && table.rows(0).customer_id() == ids_[0]) return table;
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
                 "ingestion's answer does not have the customer that was asked for");
  }

  static absl::StatusOr<model::Prediction> Predict(const ScoringModel& model, const BatchGetFeaturesResponse& table) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int> columns, FindColumns(model, table));
    std::vector<model::Cell> row(model.num_features());
    CLIENTELE_RETURN_IF_ERROR(ReadFetched(model, columns, table.rows(0), absl::MakeSpan(row)));
    return model.predictor().Predict(row, /*explain=*/false);
  }

  // What happened in (from, to] and was known at `to`, newest first; of the instants after the first `most`, only the
  // newest.
  absl::StatusOr<std::vector<Event>> Events(absl::Time from, absl::Time to, size_t most) const {
    std::vector<Event> events;
    CLIENTELE_RETURN_IF_ERROR(history_.ForEachRecord(tenant_, ids_[0], call_, [&](const Record& record) {
      const absl::Time time = FromProto(record.event_time());
      if (time <= from) return false;
      if (time > to || FromProto(record.ingest_time()) > to) return true;
      if (events.empty() || events.back().time != time) {
        if (events.size() > most) return false;
        events.push_back({time, {}});
      }
      events.back().records.push_back(record);
      return true;
    }));
    return events;
  }

 private:
  CustomerHistory& history_;
  const rpc::Call& call_;
  const TenantId& tenant_;
  const std::vector<std::string> ids_;
  std::vector<std::string> features_;
};

// The scores of one request's stages. See ScoreStages.
class StageReader {
 public:
  StageReader(const CustomerAtTimes& customer, const ScoringModel& model, ScoreScale scale, absl::Time from,
              absl::Time to)
      : customer_(customer), model_(model), scale_(scale), from_(from), to_(to) {}

  // `then` is the customer at `from` as it was known then. Sets all but `from`.
  absl::Status Read(const BatchGetFeaturesResponse& then, size_t most_events, ScoreStages& stages) const {
    CLIENTELE_ASSIGN_OR_RETURN(stages.version, Score(then));
    CLIENTELE_ASSIGN_OR_RETURN(stages.late, ScoreAt({.as_of = from_, .known_at = to_}));
    CLIENTELE_ASSIGN_OR_RETURN(stages.idle, ScoreUntil(from_));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<Event> events, customer_.Events(from_, to_, most_events));
    stages.others = stages.idle;
    if (events.size() > most_events) {
      CLIENTELE_ASSIGN_OR_RETURN(stages.others, ScoreUntil(events.back().time));
      events.pop_back();
    }
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      CLIENTELE_ASSIGN_OR_RETURN(const double score, ScoreUntil(event->time));
      stages.events.push_back({event->time, EventsInWords(event->records), score});
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<double> Score(const BatchGetFeaturesResponse& table) const {
    CLIENTELE_ASSIGN_OR_RETURN(const model::Prediction prediction, CustomerAtTimes::Predict(model_, table));
    return ScoreOn(scale_, prediction);
  }
  absl::StatusOr<double> ScoreAt(const PastInstant& instant) const {
    CLIENTELE_ASSIGN_OR_RETURN(const auto table, customer_.At(instant));
    return Score(table);
  }
  absl::StatusOr<double> ScoreUntil(absl::Time last_event) const {
    return ScoreAt({.as_of = to_, .known_at = to_, .events_until = last_event});
  }

  const CustomerAtTimes& customer_;
  const ScoringModel& model_;
  const ScoreScale scale_;
  const absl::Time from_;
  const absl::Time to_;
};

absl::StatusOr<size_t> EventCount(int asked) {
  if (asked >= 0 && asked <= kMostEvents) return static_cast<size_t>(asked == 0 ? kDefaultEvents : asked);
  return InvalidField("max_events", absl::StrCat(asked, " is not in 0 to ", kMostEvents));
}

absl::Status CheckRequest(const v1::ExplainScoreChangeRequest& request) {
  if (request.customer_id().empty()) return InvalidField("customer_id", "is required");
  if (!request.has_from_time()) return InvalidField("from_time", "is required");
  return absl::OkStatus();
}

// What the model is called for people.
std::string NameFor(const Version& version) {
  const std::string& display_name = version.metadata.spec().display_name();
  return display_name.empty() ? version.metadata.spec().model() : display_name;
}

}  // namespace

absl::StatusOr<v1::ExplainScoreChangeResponse> ScoreChangeExplainer::Explain(
    const rpc::Call& call, const v1::ExplainScoreChangeRequest& request) const {
  CLIENTELE_RETURN_IF_ERROR(CheckRequest(request));
  CLIENTELE_ASSIGN_OR_RETURN(const size_t most_events, EventCount(request.max_events()));
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  if (guard_ != nullptr) {
    const auto purpose = [&] { return PurposeOf(*registry_.Get(), reference.tenant, reference.model); };
    CLIENTELE_RETURN_IF_ERROR(guard_->Check(reference.tenant, request.customer_id(), purpose));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const Versions versions, FindVersions(registry_, request));
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreScale scale, FindScale(versions));
  const CustomerAtTimes customer(history_, call, reference.tenant, request.customer_id(), versions);

  PastInstant end;
  if (request.has_to_time()) end.as_of = FromProto(request.to_time());
  CLIENTELE_ASSIGN_OR_RETURN(const BatchGetFeaturesResponse now, customer.At(end));
  if (!now.rows(0).found()) {
    return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, "the customer has no records at to_time");
  }
  const absl::Time from = FromProto(request.from_time()), to = FromProto(now.as_of());
  if (from >= to) return InvalidField("from_time", "is not before to_time");
  CLIENTELE_ASSIGN_OR_RETURN(const BatchGetFeaturesResponse then, customer.At({.as_of = from}));
  if (!then.rows(0).found()) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady,
                 "the customer was not known at from_time: no record of it had happened and come in by then");
  }

  CLIENTELE_ASSIGN_OR_RETURN(const auto score_then, CustomerAtTimes::Predict(*versions.from->model, then));
  CLIENTELE_ASSIGN_OR_RETURN(const auto score_now, CustomerAtTimes::Predict(*versions.to->model, now));
  ScoreStages stages;
  stages.from = ScoreOn(scale, score_then);
  const StageReader reader(customer, *versions.to->model, scale, from, to);
  CLIENTELE_RETURN_IF_ERROR(reader.Read(then, most_events, stages));
  v1::ExplainScoreChangeResponse response;
  SetParts(stages, from, response);
  response.set_scale(std::string(NameOf(scale)));
  response.set_from_version(versions.from->metadata.name());
  response.set_to_version(versions.to->metadata.name());
  response.set_text(ChangeInWords(NameFor(*versions.to), ScoreInWords(*versions.from->model, score_then),
                                  ScoreInWords(*versions.to->model, score_now), to - from, response));
  return response;
}

}  // namespace clientele::inference
