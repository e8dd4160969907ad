#include "services/training/learners/survival/concordance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clientele::training::survival {
namespace {

// Weights of ranks 0 to n - 1, with sums over the lower ones (Fenwick 1994).
class RankWeights {
 public:
  explicit RankWeights(int64_t ranks) : tree_(ranks + 1, 0) {}
  void Add(int64_t rank, double weight) {
    total_ += weight;
    for (int64_t i = rank + 1; i < static_cast<int64_t>(tree_.size()); i += i & -i) tree_[i] += weight;
  }
  double Below(int64_t rank) const {
    double sum = 0;
    for (int64_t i = rank; i > 0; i -= i & -i) sum += tree_[i];
    return sum;
  }
  double total() const { return total_; }

 private:
  std::vector<double> tree_;
  double total_ = 0;
};

// The weight of what each row is paired with, and of that it is in order with (ties one half).
struct Pairs {
  std::vector<double> all;
  std::vector<double> in_order;
};

class PairCounter {
 public:
  PairCounter(const Rows& rows, absl::Span<const double> risks) : rows_(rows), order_(TimeOrder(rows)) {
    pairs_.all.assign(rows.size(), 0);
    pairs_.in_order.assign(rows.size(), 0);
    std::vector<double> sorted(risks.begin(), risks.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    distinct_ = static_cast<int64_t>(sorted.size());
    for (const double risk : risks) {
      ranks_.push_back(std::lower_bound(sorted.begin(), sorted.end(), risk) - sorted.begin());
    }
  }

  Pairs Count() && {
    for (size_t begin = 0; begin < order_.size();) {
      size_t end = begin;
      while (end < order_.size() && rows_.stratum(order_[end]) == rows_.stratum(order_[begin])) ++end;
      CountAsFirst(begin, end);
      CountAsLast(begin, end);
      begin = end;
    }
    return std::move(pairs_);
  }

 private:
  // Of places in the time order, which holds the events of a time first.
  bool SameTime(size_t a, size_t b) const { return rows_.durations[order_[a]] == rows_.durations[order_[b]]; }
  bool Ended(size_t i) const { return rows_.ended[order_[i]] != 0; }

  // Each event against all that lasted longer, from the last time back.
  void CountAsFirst(size_t begin, size_t end) {
    RankWeights later(distinct_);
    for (size_t i = end; i > begin;) {
      size_t first = i;
      while (first > begin && SameTime(first - 1, i - 1)) --first;
      size_t ended = first;
      while (ended < i && Ended(ended)) ++ended;
      for (size_t j = ended; j < i; ++j) AddTo(later, j);
      for (size_t j = first; j < ended; ++j) {
        const int64_t rank = ranks_[order_[j]];
        const double below = later.Below(rank), equal = later.Below(rank + 1) - below;
        Add(order_[j], later.total(), below, equal);
      }
      for (size_t j = first; j < ended; ++j) AddTo(later, j);
      i = first;
    }
  }

  // Each row against the events that came before it.
  void CountAsLast(size_t begin, size_t end) {
    RankWeights earlier(distinct_);
    const auto add = [&](size_t j) {
      const int64_t rank = ranks_[order_[j]];
      const double above = earlier.total() - earlier.Below(rank + 1),
                   equal = earlier.total() - above - earlier.Below(rank);
      Add(order_[j], earlier.total(), above, equal);
    };
    for (size_t i = begin; i < end;) {
      size_t ended = i, last = i;
      while (last < end && SameTime(i, last)) ++last;
      while (ended < last && Ended(ended)) ++ended;
      for (size_t j = i; j < ended; ++j) add(j);
      for (size_t j = i; j < ended; ++j) AddTo(earlier, j);
      for (size_t j = ended; j < last; ++j) add(j);
      i = last;
    }
  }

  void AddTo(RankWeights& weights, size_t place) const {
    weights.Add(ranks_[order_[place]], rows_.weight(order_[place]));
  }
  void Add(int64_t row, double all, double in_order, double tied) {
    pairs_.all[row] += all;
    pairs_.in_order[row] += in_order + 0.5 * tied;
  }

  const Rows& rows_;
  const std::vector<int64_t> order_;
  std::vector<int64_t> ranks_;
  int64_t distinct_ = 0;
  Pairs pairs_;
};

}  // namespace

Concordance MeasureConcordance(const Rows& rows, absl::Span<const double> risks) {
  const Pairs pairs = PairCounter(rows, risks).Count();
  double all = 0, in_order = 0;
  for (int64_t i = 0; i < rows.size(); ++i) {
    all += rows.weight(i) * pairs.all[i];
    in_order += rows.weight(i) * pairs.in_order[i];
  }
  Concordance result;
  result.pairs = all / 2;
  if (all == 0) {
    result.value = result.standard_error = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  result.value = in_order / all;
  double variance = 0;
  for (int64_t i = 0; i < rows.size(); ++i) {
    const double influence = rows.weight(i) * (pairs.in_order[i] - result.value * pairs.all[i]) / result.pairs;
    result.influences.push_back(influence);
    variance += influence * influence;
  }
  result.standard_error = std::sqrt(variance);
  return result;
}

}  // namespace clientele::training::survival
