#include "common/model/rfm/scorer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/rfm/rules.h"

namespace clientele::model {
namespace {

using v1::RfmModel;
using v1::RfmParameters;
using Numbers = google::protobuf::RepeatedField<double>;

constexpr int kMostRules = 1000;

absl::StatusOr<std::vector<double>> ReadCuts(absl::string_view what, const Numbers& numbers) {
  if (numbers.empty() || numbers.size() > kMostRfmCuts) {
    return InvalidArtifact(absl::StrCat(what, " has ", numbers.size(), " cut points"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers(what, numbers, numbers.size()));
  if (!std::is_sorted(numbers.begin(), numbers.end())) return InvalidArtifact(absl::StrCat(what, " falls"));
  return std::vector<double>(numbers.begin(), numbers.end());
}

// Each rule's segment.
absl::StatusOr<std::vector<int16_t>> ReadRules(const RfmModel& model) {
  if (model.rules_size() > kMostRules || model.segments().empty() || model.segments_size() > model.rules_size() + 1) {
    return InvalidArtifact(
        absl::StrCat("it has ", model.rules_size(), " rules and ", model.segments_size(), " segments"));
  }
  std::map<std::string, int16_t> index;
  for (const RfmModel::Segment& segment : model.segments()) {
    if (index.emplace(segment.name(), static_cast<int16_t>(index.size())).second) continue;
    return InvalidArtifact(absl::StrCat("the segment \"", segment.name(), "\" comes twice"));
  }
  std::vector<int16_t> segments;
  for (const RfmParameters::Rule& rule : model.rules()) {
    const auto found = index.find(rule.segment());
    if (found == index.end()) return InvalidArtifact(absl::StrCat("there is no segment \"", rule.segment(), "\""));
    segments.push_back(found->second);
  }
  segments.push_back(static_cast<int16_t>(model.segments_size() - 1));  // Of no rule.
  return segments;
}

}  // namespace

absl::StatusOr<RfmScorer> RfmScorer::Create(const RfmModel& model) {
  RfmCuts cuts;
  CLIENTELE_ASSIGN_OR_RETURN(cuts.recency, ReadCuts("recency_cuts", model.recency_cuts()));
  CLIENTELE_ASSIGN_OR_RETURN(cuts.frequency, ReadCuts("frequency_cuts", model.frequency_cuts()));
  CLIENTELE_ASSIGN_OR_RETURN(cuts.monetary, ReadCuts("monetary_cuts", model.monetary_cuts()));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int16_t> segments, ReadRules(model));
  const int cells = LevelsOf(cuts.recency) * LevelsOf(cuts.frequency) * LevelsOf(cuts.monetary);
  RfmScorer scorer(std::move(cuts));
  scorer.segments_ = model.segments_size();
  for (int cell = 0; cell < cells; ++cell) {
    const RfmScores scores = scorer.ScoresOf(cell);
    const auto rule = std::find_if(model.rules().begin(), model.rules().end(),
                                   [&](const RfmParameters::Rule& one) { return Holds(one, scores); });
    scorer.cells_.push_back(segments[rule - model.rules().begin()]);
  }
  return scorer;
}

int RfmScorer::CellOf(const RfmScores& scores) const {
  const int recency_and_frequency = (scores.recency - 1) * LevelsOf(cuts_.frequency) + scores.frequency - 1;
  return recency_and_frequency * LevelsOf(cuts_.monetary) + scores.monetary - 1;
}

RfmScores RfmScorer::ScoresOf(int cell) const {
  const int monetary = LevelsOf(cuts_.monetary), frequency = LevelsOf(cuts_.frequency);
  return {.recency = 1 + cell / monetary / frequency,
          .frequency = 1 + cell / monetary % frequency,
          .monetary = 1 + cell % monetary};
}

RfmSegmentLabel LabelOf(const RfmModel& model, int segment) {
  if (segment >= model.segments_size()) return {0, kNoPurchaseSegment, kNoPurchaseAction};
  const RfmModel::Segment& one = model.segments(segment);
  return {one.identity(), one.name(), one.action()};
}

}  // namespace clientele::model
