#include "services/training/selection/recommend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/statistics/ranks.h"

namespace clientele::training {

using model::v1::ValueSelection;
using model::v1::ValueSelectionParameters;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct DecisionWords {
  absl::string_view decision;
  absl::string_view measure;
  absl::string_view difference;  // Of the losses, the best's being the smaller.
};

DecisionWords WordsOf(ValueDecision decision) {
  switch (decision) {
    case ValueSelectionParameters::DECISION_RANKING: return {"ranking", "normalised Gini", "higher"};
    case ValueSelectionParameters::DECISION_TOTAL:
      return {"total", "predicted / actual total", "nearer to 1, in its logarithm"};
    default: return {"customer", "mean absolute error", "lower"};
  }
}

// Sum of the values times how far their row stands above the middle, by `order`; rows of one score stand together.
double Concentration(const std::vector<int64_t>& order, absl::Span<const double> scores,
                     absl::Span<const double> actuals, RowCounts counts, double all) {
  double sum = 0, above = 0;  // Weight of the rows before.
  for (size_t first = 0, last; first < order.size(); first = last) {
    double weight = 0, value = 0;
    for (last = first; last < order.size() && scores[order[last]] == scores[order[first]]; ++last) {
      weight += counts[order[last]];
      value += counts[order[last]] * actuals[order[last]];
    }
    sum += value * (all - 2 * above - weight) / 2;
    above += weight;
  }
  return sum;
}

struct Ranked {
  const ValuePredictions* who;
  DecisionMeasure measure;
  double loss;
};

// Best first; those whom the rows cannot tell, last.
std::vector<Ranked> Rank(ValueDecision decision, const std::vector<ValuePredictions>& all,
                         absl::Span<const double> actuals, RowCounts ones) {
  std::vector<Ranked> ranked;
  for (const ValuePredictions& one : all) {
    const DecisionMeasure measure(decision, one.values, actuals);
    const double loss = measure.Loss(ones);
    const auto worse = std::find_if(ranked.begin(), ranked.end(), [&](const Ranked& other) {
      return loss < other.loss || (std::isnan(other.loss) && !std::isnan(loss));
    });
    ranked.insert(worse, {&one, measure, loss});
  }
  return ranked;
}

// ", runner-up "Tweedie regression" 27.9: 2.8 lower (95 % interval 1.9 to 3.7)".
absl::StatusOr<std::string> AgainstNext(const DecisionWords& words, const Ranked& best, const Ranked& next,
                                        RowCounts ones, int threads, dataset::Parts& parts) {
  const auto gained = [&](RowCounts counts) {
    return next.measure.Loss(counts) - best.measure.Loss(counts);
  };
  CLIENTELE_ASSIGN_OR_RETURN(const Interval gain,
                             BootstrapInterval(static_cast<int64_t>(ones.size()), threads, gained, parts));
  return absl::StrCat(
      absl::StrFormat(", the next best (%s) %.4g: %.3g %s (95 %% interval %.3g to %.3g)", next.who->name,
                      next.measure(ones), next.loss - best.loss, words.difference, gain.lower, gain.upper),
      gain.lower > 0 ? "" : ", which may be chance");
}

}  // namespace

DecisionMeasure::DecisionMeasure(ValueDecision decision, absl::Span<const double> predictions,
                                 absl::Span<const double> actuals)
    : decision_(decision), predictions_(predictions), actuals_(actuals) {
  if (decision != ValueSelectionParameters::DECISION_RANKING) return;
  by_prediction_ = statistics::OrderByScore(predictions);
  by_actual_ = statistics::OrderByScore(actuals);
}

double DecisionMeasure::operator()(RowCounts counts) const {
  double all = 0, predicted = 0, actual = 0, errors = 0;
  for (size_t i = 0; i < actuals_.size(); ++i) {
    all += counts[i];
    predicted += counts[i] * predictions_[i];
    actual += counts[i] * actuals_[i];
    errors += counts[i] * std::abs(predictions_[i] - actuals_[i]);
  }
  switch (decision_) {
    case ValueSelectionParameters::DECISION_RANKING: {
      const double own_order = Concentration(by_actual_, actuals_, actuals_, counts, all);
      return own_order == 0 ? kNaN : Concentration(by_prediction_, predictions_, actuals_, counts, all) / own_order;
    }
    case ValueSelectionParameters::DECISION_TOTAL: return actual > 0 ? predicted / actual : kNaN;
    default: return errors / all;
  }
}

double DecisionMeasure::Loss(RowCounts counts) const {
  const double measure = (*this)(counts);
  switch (decision_) {
    case ValueSelectionParameters::DECISION_RANKING: return -measure;
    case ValueSelectionParameters::DECISION_TOTAL: return measure > 0 ? std::abs(std::log(measure)) : kNaN;
    default: return measure;
  }
}

absl::StatusOr<ValueSelection::Recommendation> Recommend(ValueDecision decision,
                                                         const std::vector<ValuePredictions>& all,
                                                         absl::Span<const double> actuals, int threads,
                                                         dataset::Parts& parts) {
  const DecisionWords words = WordsOf(decision);
  const std::vector<uint16_t> ones(actuals.size(), 1);
  const std::vector<Ranked> ranked = Rank(decision, all, actuals, ones);
  const auto eligible = [](const Ranked& one) { return one.who->can_be_chosen; };
  const auto best = std::find_if(ranked.begin(), ranked.end(), eligible);
  const auto next = std::find_if(best + 1, ranked.end(), eligible);

  ValueSelection::Recommendation recommendation;
  recommendation.set_decision(std::string(words.decision));
  recommendation.set_candidate(best->who->name);
  std::string& why = *recommendation.mutable_explanation();
  if (std::isnan(best->loss)) {
    why = absl::StrCat("the holdout cannot tell the ", words.measure, "; the first candidate stands in");
    return recommendation;
  }
  why = absl::StrFormat("%s %.4g", words.measure, best->measure(ones));
  if (next == ranked.end()) {
    why += "; no other candidate could be trained";
  } else if (!std::isnan(next->loss)) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string against, AgainstNext(words, *best, *next, ones, threads, parts));
    why += against;
  }
  const Ranked& first = ranked.front();
  if (!first.who->can_be_chosen) {
    absl::StrAppendFormat(&why, "; the rule \"%s\" does better with %.4g, but a rule is no model and cannot be chosen",
                          first.who->name, first.measure(ones));
  }
  return recommendation;
}

}  // namespace clientele::training
