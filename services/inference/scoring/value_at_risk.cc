#include "services/inference/scoring/value_at_risk.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::TrainingSpec;
using common::v1::Label;

bool SaysChurn(absl::string_view name) { return absl::StrContains(absl::AsciiStrToLower(name), "churn"); }

// How well a score tells churn or value: 0 not at all, else the lower the better.
int ChurnRank(const v1::Score& score, const TrainingSpec& spec) {
  if (!score.has_probability()) return 0;
  const Label& label = spec.dataset().label();
  if (label.has_no_purchase_within()) return 1;
  if (SaysChurn(label.outcome().outcome()) || SaysChurn(label.attribute().attribute())) return 2;
  return 0;
}

int ValueRank(const v1::Score& score, const TrainingSpec& spec) {
  if (score.has_lifetime_value()) return 1;
  return score.has_value() && spec.dataset().label().has_spend_within() ? 2 : 0;
}

bool IsNamed(const v1::ScoreResponse& response, absl::string_view model) {
  return absl::StrContains(response.model_version(), absl::StrCat("/models/", model, "/versions/"));
}

// The index of the best score, or -1.
template <typename Rank>
int Choose(const v1::ScoreCustomerResponse& response, absl::Span<const TrainingSpec* const> specs,
           absl::string_view named, Rank rank_of) {
  int best = -1, best_rank = 0;
  for (int i = 0; i < response.scores_size(); ++i) {
    const int rank = rank_of(response.scores(i).score(), *specs[i]);
    if (rank == 0) continue;
    const bool better = best < 0 || rank < best_rank || (rank == best_rank && IsNamed(response.scores(i), named));
    if (!better) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

}  // namespace

void SetValueAtRisk(absl::Span<const TrainingSpec* const> specs, v1::ScoreCustomerResponse& response) {
  const int churn = Choose(response, specs, "churn", ChurnRank);
  const int value = Choose(response, specs, "value", ValueRank);
  if (churn < 0 || value < 0) return;
  const v1::Score& valued = response.scores(value).score();
  const bool lifetime = valued.has_lifetime_value();
  const double probability = response.scores(churn).score().probability().probability();
  const double expected = lifetime ? valued.lifetime_value().predicted_value().value() : valued.value().value();
  auto& risk = *response.mutable_value_at_risk();
  risk.set_amount(probability * expected);
  risk.set_currency_code(lifetime ? valued.lifetime_value().currency_code() : valued.value().currency_code());
  risk.set_churn_probability(probability);
  risk.set_expected_value(expected);
  risk.set_churn_version(response.scores(churn).model_version());
  risk.set_value_version(response.scores(value).model_version());
}

}  // namespace clientele::inference
