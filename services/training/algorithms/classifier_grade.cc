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
  // `called` [n]: 1 where the rule calls.
  EqualCalls(const ScoredRows& scored, const std::vector<uint8_t>& called) {
    for (const int64_t row : statistics::OrderByScore(scored.scores)) {
      if (!by_score_.empty()) by_score_.back().last = scored.scores[row] != scored.scores[by_score_.back().row];
      by_score_.push_back({static_cast<uint32_t>(row), scored.labels[row] == 1, called[row] == 1, true});
    }
  }

  // The shares of positives found. NaN where no positive counts.
  Comparison operator()(RowCounts counts) const {
    int64_t positives = 0, calls = 0, hits = 0;
    for (const Row& row : by_score_) {
      const int64_t count = counts[row.row];
      positives += row.positive ? count : 0;
      calls += row.called ? count : 0;
      hits += row.called && row.positive ? count : 0;
    }
    const auto all = static_cast<double>(positives);
    return {HitsOfTop(counts, calls) / all, static_cast<double>(hits) / all};
  }

 private:
  struct Row {
    uint32_t row;
    bool positive, called;
    bool last;  // Of its score.
  };

  // Of equal scores on the border each gives its part.
  double HitsOfTop(RowCounts counts, int64_t calls) const {
    double hits = 0;
    int64_t of_score = 0, hits_of_score = 0;
    for (const Row& row : by_score_) {
      if (calls <= 0) break;
      const int64_t count = counts[row.row];
      of_score += count;
      hits_of_score += row.positive ? count : 0;
      if (!row.last || of_score == 0) continue;
      hits += static_cast<double>(hits_of_score) *
              std::min(1.0, static_cast<double>(calls) / static_cast<double>(of_score));
      calls -= of_score;
      of_score = hits_of_score = 0;
    }
    return hits;
  }

  std::vector<Row> by_score_;  // Falling.
};

// How often the marked rows count; a mark is 1. In blocks short enough for 32 bits, which more of fit a register.
int64_t CountOf(const std::vector<uint8_t>& marks, RowCounts counts) {
  constexpr size_t kBlock = 1 << 16;
  int64_t all = 0;
  for (size_t first = 0; first < counts.size(); first += kBlock) {
    uint32_t count = 0;
    const size_t last = std::min(counts.size(), first + kBlock);
    for (size_t i = first; i < last; ++i) count += uint32_t{marks[i]} * counts[i];
    all += count;
  }
  return all;
}

// Marks the rows of which `call` says the label, [n].
template <typename Call>
std::vector<uint8_t> MarkRight(const ScoredRows& scored, Call call) {
  std::vector<uint8_t> marks;
  for (size_t i = 0; i < scored.labels.size(); ++i) marks.push_back(call(i) == (scored.labels[i] == 1) ? 1 : 0);
  return marks;
}

}  // namespace

absl::StatusOr<model::v1::Grade> GradeClassifier(const JudgeInput& input, const ScoredRows& scored, double threshold,
                                                 double training_mean) {
  const int64_t rows = static_cast<int64_t>(scored.scores.size());
  const auto is_called = [&](size_t i) { return scored.scores[i] >= threshold; };
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<RecencyRule> rule, BestRecencyRule(input));
  const std::vector<uint8_t> right = MarkRight(scored, is_called);
  const auto share = [&](int64_t count) { return static_cast<double>(count) / static_cast<double>(rows); };
  if (!rule) {
    const bool majority = training_mean > 0.5;
    const std::vector<uint8_t> majority_right = MarkRight(scored, [&](size_t) { return majority; });
    const auto compare = [&](RowCounts counts) -> Comparison {
      return {share(CountOf(right, counts)), share(CountOf(majority_right, counts))};
    };
    return MakeGrade({"share of right calls", "the more frequent class", kExcellentGain}, rows, input.threads, compare,
                     input.parts);
  }
  std::vector<uint8_t> calls;
  ForEachRow(input.dataset, input.judging,
             [&](int s, int64_t i) { calls.push_back(rule->Calls(input.dataset, s, i) ? 1 : 0); });
  CLIENTELE_ASSIGN_OR_RETURN(calls, dataset::AllGatherRows(std::move(calls), input.parts));
  const bool mostly_right = 2 * std::count(right.begin(), right.end(), 1) >= rows;
  const double excellent = mostly_right ? kExcellentGain : std::numeric_limits<double>::infinity();
  const char* measure = rule->label_is_purchase ? "share of buyers found" : "share of leavers found";
  return MakeGrade({measure, rule->Name(), excellent}, rows, input.threads, EqualCalls(scored, calls), input.parts);
}

}  // namespace clientele::training
