#include "services/training/algorithms/classifier_grade.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/statistics/ranks.h"
#include "services/training/evaluation/grade.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::RowSelection;

constexpr double kExcellentGain = 0.1;

bool TellsDaysSincePurchase(const FeatureDefinition& feature) {
  const auto& aggregate = feature.aggregate();
  if (!feature.has_aggregate()) return absl::StartsWith(feature.name(), "recency");
  return aggregate.aggregation() == FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST &&
         aggregate.kind() == common::v1::RECORD_KIND_TRANSACTION;
}

// The index among the number columns; nothing: there is none.
std::optional<int> FindRecency(const Dataset& dataset) {
  for (int column = 0; column < dataset.header.columns_size(); ++column) {
    if (dataset.places[column].is_category) continue;
    if (TellsDaysSincePurchase(dataset.header.columns(column).feature())) return dataset.places[column].index;
  }
  return std::nullopt;
}

// "No purchase within `days`" says that the label is 1; or, where the label is a purchase, that it is 0.
struct RecencyRule {
  int column = 0;
  double days = 0;
  bool label_is_purchase = false;

  std::string Name() const {
    return absl::StrCat(label_is_purchase ? "a purchase within " : "no purchase within ", days, " days");
  }
  // Who never bought has not bought within any days.
  bool Calls(const Dataset& dataset, int shard, int64_t row) const {
    const float recency = dataset.shards[shard].numbers[row * dataset.number_columns + column];
    return (recency <= days) == label_is_purchase;
  }
};

template <typename Visit>  // (shard, row)
void ForEachRow(const Dataset& dataset, const RowSelection& selection, Visit visit) {
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (selection.Has(s, i)) visit(s, i);
    }
  }
}

// How well the rule tells the classes apart: its share of true positives less that of false ones (Youden 1950), which
// calling everybody or nobody cannot win.
absl::StatusOr<double> YoudenIndex(const RecencyRule& rule, const JudgeInput& input) {
  int64_t counts[] = {0, 0, 0, 0};  // Of labels 0 and 1, and of those the rows called.
  ForEachRow(input.dataset, input.training, [&](int s, int64_t i) {
    const int label = input.dataset.shards[s].labels[i] == 1 ? 1 : 0;
    ++counts[label];
    counts[2 + label] += rule.Calls(input.dataset, s, i) ? 1 : 0;
  });
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), input.parts));
  const auto share_called = [&](int label) {
    return static_cast<double>(counts[2 + label]) / static_cast<double>(std::max<int64_t>(counts[label], 1));
  };
  return share_called(1) - share_called(0);
}

// Nothing where the label is no window of purchases, or no column tells the recency.
absl::StatusOr<std::optional<RecencyRule>> BestRecencyRule(const JudgeInput& input) {
  const auto& label = input.predictor.artifact().spec().dataset().label();
  if (!label.has_no_purchase_within() && !label.has_purchase_within()) return std::nullopt;
  const std::optional<int> column = FindRecency(input.dataset);
  if (!column) return std::nullopt;
  const bool purchase = label.has_purchase_within();
  const double window = purchase ? label.purchase_within().days() : label.no_purchase_within().days();
  RecencyRule best{*column, window, purchase};
  double best_index = -std::numeric_limits<double>::infinity();
  for (double days = window; days >= 1; days /= 2) {
    const RecencyRule rule{*column, days, purchase};
    CLIENTELE_ASSIGN_OR_RETURN(const double index, YoudenIndex(rule, input));
    if (index <= best_index) continue;
    best_index = index;
    best = rule;
  }
  return best;
}

// Finds among the highest scores, as many as a rule calls: the same effort for both.
class EqualCalls {
 public:
  EqualCalls(const ScoredRows& scored, const std::vector<bool>& called)
      : scored_(scored), called_(called), order_(statistics::OrderByScore(scored.scores)) {}

  // The shares of positives found. NaN where no positive counts.
  Comparison operator()(absl::Span<const double> weights) const {
    double positives = 0, calls = 0, hits = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double positive = scored_.labels[i] == 1 ? weights[i] : 0;
      positives += positive;
      if (!called_[i]) continue;
      calls += weights[i];
      hits += positive;
    }
    return {HitsOfTop(weights, calls) / positives, hits / positives};
  }

 private:
  // Of equal scores on the border each gives its part.
  double HitsOfTop(absl::Span<const double> weights, double calls) const {
    double hits = 0;
    for (size_t first = 0, last; first < order_.size() && calls > 0; first = last) {
      double group = 0, group_hits = 0;
      for (last = first; last < order_.size() && scored_.scores[order_[last]] == scored_.scores[order_[first]];
           ++last) {
        group += weights[order_[last]];
        group_hits += scored_.labels[order_[last]] == 1 ? weights[order_[last]] : 0;
      }
      if (group == 0) continue;
      hits += group_hits * std::min(1.0, calls / group);
      calls -= group;
    }
    return hits;
  }

  const ScoredRows& scored_;
  const std::vector<bool>& called_;
  const std::vector<int64_t> order_;
};

// The share of rows of which `call` says the label, weighted.
template <typename Call>
double ShareRight(const ScoredRows& scored, absl::Span<const double> weights, Call call) {
  double right = 0, all = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    right += call(i) == (scored.labels[i] == 1) ? weights[i] : 0;
    all += weights[i];
  }
  return right / all;
}

}  // namespace

absl::StatusOr<model::v1::Grade> GradeClassifier(const JudgeInput& input, const ScoredRows& scored, double threshold,
                                                 double training_mean) {
  const int64_t rows = static_cast<int64_t>(scored.scores.size());
  const auto is_called = [&](size_t i) { return scored.scores[i] >= threshold; };
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<RecencyRule> rule, BestRecencyRule(input));
  if (!rule) {
    const bool majority = training_mean > 0.5;
    const auto compare = [&](absl::Span<const double> weights) -> Comparison {
      return {ShareRight(scored, weights, is_called), ShareRight(scored, weights, [&](size_t) { return majority; })};
    };
    return MakeGrade({"share of right calls", "the more frequent class", kExcellentGain}, rows, input.threads, compare,
                     input.parts);
  }
  std::vector<uint8_t> calls;
  ForEachRow(input.dataset, input.judging,
             [&](int s, int64_t i) { calls.push_back(rule->Calls(input.dataset, s, i) ? 1 : 0); });
  CLIENTELE_ASSIGN_OR_RETURN(calls, dataset::AllGatherRows(std::move(calls), input.parts));
  const std::vector<bool> called(calls.begin(), calls.end());
  const bool mostly_right = ShareRight(scored, std::vector<double>(rows, 1.0), is_called) >= 0.5;
  const double excellent = mostly_right ? kExcellentGain : std::numeric_limits<double>::infinity();
  const char* measure = rule->label_is_purchase ? "share of buyers found" : "share of leavers found";
  return MakeGrade({measure, rule->Name(), excellent}, rows, input.threads, EqualCalls(scored, called), input.parts);
}

}  // namespace clientele::training
