#include "common/dataset/order_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"

namespace clientele::dataset {
namespace {

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;

template <typename T>
using Key = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

// Unsigned integers in the values' order.
template <typename T>
Key<T> KeyOf(T value) {
  constexpr Key<T> kSign = Key<T>{1} << (8 * sizeof(T) - 1);
  const auto bits = std::bit_cast<Key<T>>(value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

template <typename T>
T ValueOf(Key<T> key) {
  constexpr Key<T> kSign = Key<T>{1} << (8 * sizeof(T) - 1);
  return std::bit_cast<T>((key & kSign) != 0 ? static_cast<Key<T>>(key ^ kSign) : static_cast<Key<T>>(~key));
}

// How far the search in one list has come.
template <typename T>
class Search {
 public:
  explicit Search(const std::vector<int64_t>& asked) : left_(asked), keys_(asked.size(), 0) {
    if (!asked.empty()) places_.push_back(0);
  }

  size_t width() const { return places_.size() * kDigits; }

  // Adds to `counts` [width] the values by their bits from `low` up to below `high`, of those whose higher ones are a
  // place's.
  void Count(const std::vector<T>& values, int low, int high, absl::Span<int64_t> counts) const {
    if (places_.empty()) return;
    const Key<T> digits = (Key<T>{1} << (high - low)) - 1;
    for (const T value : values) {
      if (std::isnan(value)) continue;
      const Key<T> key = KeyOf(value), beginning = Beginning(key, high);
      const auto place = std::lower_bound(places_.begin(), places_.end(), beginning);
      if (place == places_.end() || *place != beginning) continue;
      ++counts[(place - places_.begin()) * kDigits + ((key >> low) & digits)];
    }
  }

  // `counts` are those of all parts.
  void Narrow(int low, absl::Span<const int64_t> counts) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      const auto place = std::lower_bound(places_.begin(), places_.end(), keys_[i]) - places_.begin();
      const absl::Span<const int64_t> digits = counts.subspan(place * kDigits, kDigits);
      Key<T> digit = 0;
      while (digit + 1 < kDigits && left_[i] >= digits[digit]) left_[i] -= digits[digit++];
      keys_[i] |= digit << low;
    }
    places_ = keys_;
    std::sort(places_.begin(), places_.end());
    places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
  }

  std::vector<T> Values() const {
    std::vector<T> values;
    for (const Key<T> key : keys_) values.push_back(ValueOf<T>(key));
    return values;
  }

 private:
  // The key without its last `bits`.
  static Key<T> Beginning(Key<T> key, int bits) {
    constexpr int kAll = 8 * sizeof(T);
    return bits >= kAll ? 0 : static_cast<Key<T>>(key >> bits << bits);
  }

  std::vector<int64_t> left_;   // Ranks among the values that begin like their keys.
  std::vector<Key<T>> keys_;    // As far as they are known.
  std::vector<Key<T>> places_;  // The same, rising and once each.
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
