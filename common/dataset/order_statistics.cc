#include "common/dataset/order_statistics.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "common/base/ordered_bits.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"

namespace clientele::dataset {
namespace {

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;

// How far the search in one list has come.
template <typename T>
class Search {
 public:
  explicit Search(const std::vector<int64_t>& asked) : left_(asked), keys_(asked.size(), 0) {
    if (!asked.empty()) places_.push_back(0);
  }

  size_t width() const { return places_.size() * kDigits; }

  // Adds to `counts` [width] the values by their bits from `low` up to below `high`, of those whose higher ones are a
  // place's. `high` falls from call to call, and what the second one has found is all that later ones look at.
  void Count(const std::vector<T>& values, int low, int high, absl::Span<int64_t> counts) {
    if (places_.empty()) return;
    const OrderedBits<T> digits = (OrderedBits<T>{1} << (high - low)) - 1;
    const auto take = [&](OrderedBits<T> key) {
      const OrderedBits<T> beginning = Beginning(key, high);
      if (beginning < places_.front() || beginning > places_.back()) return false;  // Most are.
      const auto place = places_.size() == 1 ? places_.begin()
                                             : std::lower_bound(places_.begin(), places_.end(), beginning);
      if (*place != beginning) return false;
      ++counts[(place - places_.begin()) * kDigits + ((key >> low) & digits)];
      return true;
    };
    if (++counted_ > 2) {
      for (const OrderedBits<T> key : found_) take(key);
      return;
    }
    for (const T value : values) {
      if (std::isnan(value)) continue;
      const OrderedBits<T> key = ToOrderedBits(value);
      if (take(key) && counted_ == 2) found_.push_back(key);
    }
  }

  // `counts` are those of all parts.
  void Narrow(int low, absl::Span<const int64_t> counts) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      const auto place = std::lower_bound(places_.begin(), places_.end(), keys_[i]) - places_.begin();
      const absl::Span<const int64_t> digits = counts.subspan(place * kDigits, kDigits);
      OrderedBits<T> digit = 0;
      while (digit + 1 < kDigits && left_[i] >= digits[digit]) left_[i] -= digits[digit++];
      keys_[i] |= digit << low;
    }
    places_ = keys_;
    std::sort(places_.begin(), places_.end());
    places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  }

  std::vector<T> Values() const {
    std::vector<T> values;
    for (const OrderedBits<T> key : keys_) values.push_back(FromOrderedBits<T>(key));
    return values;
  }

 private:
  // The key without its last `bits`.
  static OrderedBits<T> Beginning(OrderedBits<T> key, int bits) {
    constexpr int kAll = 8 * sizeof(T);
    return bits >= kAll ? 0 : static_cast<OrderedBits<T>>(key >> bits << bits);
  }

  std::vector<int64_t> left_;           // Ranks among the values that begin like their keys.
  std::vector<OrderedBits<T>> keys_;    // As far as they are known.
  std::vector<OrderedBits<T>> places_;  // The same, rising and once each.
  int counted_ = 0;                     // How often.
  std::vector<OrderedBits<T>> found_;   // By the second count.
};

}  // namespace

template <typename T>
absl::StatusOr<std::vector<std::vector<T>>> OrderStatistics(const std::vector<std::vector<T>>& lists,
                                                            const std::vector<std::vector<int64_t>>& asked,
                                                            int threads, Parts& parts) {
  std::vector<Search<T>> searches(asked.begin(), asked.end());
  for (int high = 8 * sizeof(T), low = 0; high > 0; high = low) {
    low = std::max(high - kDigitBits, 0);
    std::vector<size_t> starts = {0};
    for (const Search<T>& search : searches) starts.push_back(starts.back() + search.width());
    std::vector<int64_t> counts(starts.back(), 0);
    const auto own = [&](size_t k) { return absl::MakeSpan(counts).subspan(starts[k], searches[k].width()); };
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (size_t k = 0; k < searches.size(); ++k) searches[k].Count(lists[k], low, high, own(k));
    CLIENTELE_RETURN_IF_ERROR(AddCounts(absl::MakeSpan(counts), parts));
    for (size_t k = 0; k < searches.size(); ++k) searches[k].Narrow(low, own(k));
  }
  std::vector<std::vector<T>> values;
  for (const Search<T>& search : searches) values.push_back(search.Values());
  return values;
}

template absl::StatusOr<std::vector<std::vector<float>>> OrderStatistics(
    const std::vector<std::vector<float>>&, const std::vector<std::vector<int64_t>>&, int, Parts&);
template absl::StatusOr<std::vector<std::vector<double>>> OrderStatistics(
    const std::vector<std::vector<double>>&, const std::vector<std::vector<int64_t>>&, int, Parts&);

}  // namespace clientele::dataset
