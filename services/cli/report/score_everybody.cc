#include "services/cli/report/score_everybody.h"

#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/cli/output/format.h"
#include "services/cli/output/survival_view.h"

namespace clientele::cli {
namespace {

using inference::v1::Algorithm;
using inference::v1::BatchScoreRequest;
using inference::v1::BatchScoreResponse;
using inference::v1::Model;

constexpr int kPageSize = 1'000;

absl::StatusOr<std::string> Choose(const std::vector<Model>& models, Algorithm algorithm, absl::string_view purpose,
                                   absl::string_view wanted) {
  std::vector<std::string> ids;
  for (const Model& model : models) {
    if (model.algorithm() != algorithm) continue;
    const std::string id = LastSegment(model.name());
    if (id == (wanted.empty() ? purpose : wanted)) return model.name();
    ids.push_back(id);
  }
  const std::string flag = absl::StrCat("--", purpose, "-model");
  if (!wanted.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        flag, " ", wanted,
        ": there is no such model of that kind; there are: ", ids.empty() ? "none" : absl::StrJoin(ids, ", ")));
  }
  if (ids.empty()) return std::string();
  if (ids.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("several models could say it; choose with ", flag, ": ", absl::StrJoin(ids, ", ")));
  }
  for (const Model& model : models) {
    if (LastSegment(model.name()) == ids[0]) return model.name();
  }
  return std::string();
}

// The usual algorithm of a purpose; the other one where it is asked for by name, or there is no model of the usual.
Algorithm OneOf(Algorithm usual, Algorithm other, const std::vector<Model>& models, absl::string_view wanted) {
  bool has_usual = false;
  for (const Model& model : models) {
    if (model.algorithm() == other && LastSegment(model.name()) == wanted) return other;
    has_usual = has_usual || model.algorithm() == usual;
  }
  return has_usual ? usual : other;
}

// Of the longest duration; none: the model has none.
std::optional<Stay> StayOf(const inference::v1::Score::Survival& survival) {
  if (survival.curve().empty()) return std::nullopt;
  const auto& last = *survival.curve().rbegin();
  Stay stay{DurationText(last.duration(), survival.duration_unit()), last.survival(), {}};
  if (survival.has_median_remaining()) stay.median_remaining = survival.median_remaining();
  return stay;
}

// Feeds pages of customers to the stream, each once for every model, and joins the answers, which come in that order.
class Join {
 public:
  Join(IngestionClient& ingestion, const std::string& parent, const ReportModels& models) : ingestion_(ingestion) {
    for (const std::string& name : {models.segments, models.churn, models.value, models.survival}) {
      if (!name.empty()) models_.push_back(name);
    }
    list_.set_parent(parent);
    list_.set_page_size(kPageSize);
  }

  absl::StatusOr<bool> Next(BatchScoreRequest& request) {
    if (model_ == models_.size() || pages_.empty()) {
      if (last_page_) return false;
      CLIENTELE_RETURN_IF_ERROR(ReadPage());
      model_ = 0;
      if (pages_.empty() || pages_.back().empty()) return false;
    }
    request.set_name(models_[model_++]);
    for (const ScoredCustomer& customer : pages_.back()) request.add_subjects()->set_customer_id(customer.customer_id);
    return true;
  }

  // Takes an answer; true where it completed a page, which then is page().
  bool Take(const BatchScoreResponse& response) {
    std::vector<ScoredCustomer>& page = pages_.front();
    for (int i = 0; i < response.scores_size() && i < static_cast<int>(page.size()); ++i) {
      const auto& score = response.scores(i);
      if (score.has_segment()) page[i].segment = score.segment().segment();
      if (score.has_rfm()) page[i].segment = score.rfm().segment();
      if (score.has_probability()) page[i].churn_probability = score.probability().probability();
      if (score.has_value()) page[i].predicted_value = score.value().value();
      if (score.has_lifetime_value()) page[i].predicted_value = score.lifetime_value().predicted_value().value();
      if (score.has_survival()) page[i].stay = StayOf(score.survival());
    }
    counts_.errors += response.errors_size();
    if (response.errors_size() > 0 && counts_.first_error.empty()) counts_.first_error = response.errors(0).message();
    if (++answers_ < models_.size()) return false;
    answers_ = 0;
    counts_.customers += static_cast<int64_t>(page.size());
    return true;
  }

  const std::vector<ScoredCustomer>& page() const { return pages_.front(); }
  void PopPage() { pages_.pop_front(); }
  const ScoreCounts& counts() const { return counts_; }

 private:
  absl::Status ReadPage() {
    CLIENTELE_ASSIGN_OR_RETURN(const auto response, ingestion_.ListCustomers(list_));
    list_.set_page_token(response.next_page_token());
    last_page_ = response.next_page_token().empty();
    std::vector<ScoredCustomer>& page = pages_.emplace_back();
    for (const auto& customer : response.customers()) {
      ScoredCustomer scored;
      scored.customer_id = customer.customer_id();
      scored.display_name = customer.display_name();
      scored.net_spend = static_cast<double>(customer.net_spend_micros()) / 1e6;
      page.push_back(std::move(scored));
    }
    return absl::OkStatus();
  }

  IngestionClient& ingestion_;
  std::vector<std::string> models_;
  ingestion::v1::ListCustomersRequest list_;
  bool last_page_ = false;
  std::deque<std::vector<ScoredCustomer>> pages_;  // Read, and not yet answered in full.
  size_t model_ = 0;                               // The next one to ask about the newest page.
  size_t answers_ = 0;                             // That the oldest page has.
  ScoreCounts counts_;
};

}  // namespace

absl::StatusOr<ReportModels> ChooseModels(const std::vector<Model>& models, const ReportModels& wanted) {
  ReportModels chosen;
  CLIENTELE_ASSIGN_OR_RETURN(chosen.segments,
                             Choose(models,
                                    OneOf(inference::v1::ALGORITHM_KMEANS, inference::v1::ALGORITHM_RFM, models,
                                          wanted.segments),
                                    "segments", wanted.segments));
  CLIENTELE_ASSIGN_OR_RETURN(chosen.churn,
                             Choose(models, inference::v1::ALGORITHM_LOGISTIC_REGRESSION, "churn", wanted.churn));
  CLIENTELE_ASSIGN_OR_RETURN(chosen.value,
                             Choose(models,
                                    OneOf(inference::v1::ALGORITHM_LIFETIME_VALUE,
                                          inference::v1::ALGORITHM_VALUE_REGRESSION, models, wanted.value),
                                    "value", wanted.value));
  CLIENTELE_ASSIGN_OR_RETURN(chosen.survival,
                             Choose(models, inference::v1::ALGORITHM_SURVIVAL, "survival", wanted.survival));
  return chosen;
}

absl::StatusOr<ScoreCounts> ScoreEverybody(
    IngestionClient& ingestion, InferenceClient& inference, const std::string& parent, const ReportModels& models,
    const std::function<absl::Status(const std::vector<ScoredCustomer>&)>& visit) {
  Join join(ingestion, parent, models);
  const auto take = [&](const BatchScoreResponse& response) -> absl::Status {
    if (!join.Take(response)) return absl::OkStatus();
    const absl::Status status = visit(join.page());
    join.PopPage();
    return status;
  };
  CLIENTELE_RETURN_IF_ERROR(
      inference.StreamScore([&](BatchScoreRequest& request) { return join.Next(request); }, take));
  return join.counts();
}

}  // namespace clientele::cli
