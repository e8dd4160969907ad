#include "services/training/learners/btyd/rows.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace clientele::training::btyd {
namespace {

struct Row {
  double first, second, third, weight;

  auto key() const { return std::tie(first, second, third); }
};

// Calls `use`(begin, end) for each run of rows with the same `number`.
template <typename Iterator, typename Use>
void ForEachRun(Iterator begin, Iterator end, double Row::*number, Use use) {
  while (begin != end) {
    const double value = (*begin).*number;
    const Iterator to = std::find_if(begin, end, [&](const Row& row) { return row.*number != value; });
    use(begin, to);
    begin = to;
  }
}

constexpr int64_t kMostBuckets = 1 << 16;

// Where the rows of each count begin, [buckets + 1], and the rows put there in order. Counts beyond the last bucket
// share it.
std::vector<int64_t> PutInBuckets(const LikelihoodRows& from, absl::Span<const double> weights,
                                  std::vector<Row>& rows) {
  const int64_t n = static_cast<int64_t>(from.first.size());
  double most = 0;
  for (const double x : from.first) most = std::max(most, x);
  const int64_t buckets = static_cast<int64_t>(std::min(most, static_cast<double>(kMostBuckets - 1))) + 1;
  const auto bucket = [&](double x) {
    return static_cast<int64_t>(std::clamp(x, 0.0, static_cast<double>(buckets - 1)));
  };
  std::vector<int64_t> begins(buckets + 1);
  for (const double x : from.first) ++begins[bucket(x) + 1];
  for (int64_t k = 0; k < buckets; ++k) begins[k + 1] += begins[k];
  std::vector<int64_t> next = begins;
  for (int64_t i = 0; i < n; ++i) {
    rows[next[bucket(from.first[i])]++] = {from.first[i], from.second[i], from.third.empty() ? 0 : from.third[i],
                                           weights[i]};
  }
  return begins;
}

// Sorts [begin, end) by `number`, ties in the order they are in: into as many slots as rows, evenly over the range of
// the numbers, then within the slots. Whole days fall in slots of their own, and money spreads: O(n) for both.
class SlotSort {
 public:
  using Iterator = std::vector<Row>::iterator;

  void Sort(Iterator begin, Iterator end, double Row::*number) {
    const auto less = [number](const Row& a, const Row& b) { return a.*number < b.*number; };
    if (std::is_sorted(begin, end, less)) return;
    if (end - begin > kFew) PutInSlots(begin, end, number);
    for (Iterator from = begin; from != end;) {
      // Between slots rows are sorted: a run ends where the rest is not below it. Few rows are one run.
      const Iterator to = end - begin > kFew ? EndOfSlot(from, end, number) : end;
      if (!std::is_sorted(from, to, less)) std::stable_sort(from, to, less);
      from = to;
    }
  }

 private:
  static constexpr int64_t kFew = 64;

  int64_t Slot(double value) const { return static_cast<int64_t>((value - least_) * scale_); }

  Iterator EndOfSlot(Iterator from, Iterator end, double Row::*number) const {
    const int64_t slot = Slot((*from).*number);
    return std::find_if(from, end, [&](const Row& row) { return Slot(row.*number) != slot; });
  }

  void PutInSlots(Iterator begin, Iterator end, double Row::*number) {
    double most = least_ = (*begin).*number;
    for (Iterator row = begin; row != end; ++row) {
      least_ = std::min(least_, (*row).*number);
      most = std::max(most, (*row).*number);
    }
    const int64_t slots = end - begin;
    scale_ = static_cast<double>(slots - 1) / (most - least_);
    if (!std::isfinite(scale_)) scale_ = 0;  // Numbers that hardly differ: one slot.
    next_.assign(slots + 1, 0);
    for (Iterator row = begin; row != end; ++row) ++next_[Slot((*row).*number) + 1];
    for (int64_t slot = 0; slot < slots; ++slot) next_[slot + 1] += next_[slot];
    copy_.assign(begin, end);
    for (const Row& row : copy_) begin[next_[Slot(row.*number)]++] = row;
  }

  double least_ = 0, scale_ = 0;
  std::vector<int64_t> next_;
  std::vector<Row> copy_;
};

// Rows in their order to begin with, and every sort stable: how the work is split does not matter.
void SortBuckets(const std::vector<int64_t>& begins, int threads, std::vector<Row>& rows) {
  const int64_t buckets = static_cast<int64_t>(begins.size()) - 1;
#pragma omp parallel num_threads(threads) if (threads > 1 && rows.size() > 4096)
  {
    SlotSort sort;
#pragma omp for schedule(dynamic, 1)
    for (int64_t k = 0; k < buckets; ++k) {
      const auto begin = rows.begin() + begins[k], end = rows.begin() + begins[k + 1];
      sort.Sort(begin, end, &Row::first);
      ForEachRun(begin, end, &Row::first, [&](auto from, auto to) {
        sort.Sort(from, to, &Row::second);
        ForEachRun(from, to, &Row::second, [&](auto first, auto last) { sort.Sort(first, last, &Row::third); });
      });
    }
  }
}

}  // namespace

CollapsedRows CollapseRows(const LikelihoodRows& from, absl::Span<const double> weights, int threads) {
  std::vector<Row> rows(from.first.size());
  SortBuckets(PutInBuckets(from, weights, rows), threads, rows);
  CollapsedRows collapsed;
  for (auto* numbers : {&collapsed.first, &collapsed.second, &collapsed.weights}) numbers->reserve(rows.size());
  if (!from.third.empty()) collapsed.third.reserve(rows.size());
  const Row* last = nullptr;
  for (const Row& row : rows) {
    if (row.weight == 0) continue;
    if (last != nullptr && last->key() == row.key()) {
      collapsed.weights.back() += row.weight;
      continue;
    }
    last = &row;
    collapsed.first.push_back(row.first);
    collapsed.second.push_back(row.second);
    if (!from.third.empty()) collapsed.third.push_back(row.third);
    collapsed.weights.push_back(row.weight);
  }
  return collapsed;
}

}  // namespace clientele::training::btyd
