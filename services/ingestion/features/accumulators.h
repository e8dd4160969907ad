// What is remembered of one customer's history: one small state for each (records, field, window), shared by all
// features that can be read off it. States are plain, lie in flat arrays and are reset by assignment.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace clientele::features {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Different calendar days, and the gaps between one and the next. Days come in order.
struct DaysState {
  int32_t count = 0;
  int32_t first = 0;
  int32_t last = 0;
  int64_t squared_gaps = 0;

  void Add(int32_t day) {
    if (count == 0) {
      count = 1;
      first = last = day;
    } else if (day > last) {
      const int64_t gap = day - last;
      squared_gaps += gap * gap;
      last = day;
      ++count;
    }
  }
  double MeanGap() const { return count < 2 ? kMissing : static_cast<double>(last - first) / (count - 1); }
  // Exact until the last division: integers.
  double DeviationOfGaps() const {
    if (count < 3) return kMissing;
    const int64_t gaps = count - 1;
    const int64_t sum = int64_t{last} - first;
    const __int128 spread = static_cast<__int128>(gaps) * squared_gaps - static_cast<__int128>(sum) * sum;
    return std::sqrt(static_cast<double>(spread) / (static_cast<double>(gaps) * static_cast<double>(gaps - 1)));
  }
};

// Money, exact in millionths.
struct MoneyState {
  int64_t count = 0;
  __int128 sum = 0;
  int64_t min = 0, max = 0, first = 0, last = 0;

  void Add(int64_t micros) {
    if (count++ == 0) {
      min = max = first = micros;
    } else {
      min = micros < min ? micros : min;
      max = micros > max ? micros : max;
    }
    last = micros;
    sum += micros;
  }
};

struct NumberState {
  int64_t count = 0;
  double sum = 0, min = 0, max = 0, first = 0, last = 0;

  void Add(double value) {
    if (count++ == 0) {
      min = max = first = value;
    } else {
      min = value < min ? value : min;
      max = value > max ? value : max;
    }
    last = value;
    sum += value;
  }
};

// Welford's mean and sum of squared deviations.
struct SpreadState {
  int64_t count = 0;
  double mean = 0;
  double squares = 0;

  void Add(double value) {
    ++count;
    const double off = value - mean;
    mean += off / static_cast<double>(count);
    squares += off * (value - mean);
  }
  double Deviation() const { return count < 2 ? kMissing : std::sqrt(squares / static_cast<double>(count - 1)); }
};

// How often each interned text came.
struct TextsState {
  std::vector<uint32_t> counts;  // By id; texts that came to other windows only may lie beyond.
  uint32_t distinct = 0;
  uint32_t total = 0;

  void Add(uint32_t id) {
    if (id == counts.size()) {
      counts.push_back(0);
    } else if (id > counts.size()) {
      counts.resize(id + 1, 0);
    }
    distinct += counts[id]++ == 0;
    ++total;
  }
  void Clear() {
    counts.clear();
    distinct = total = 0;
  }
};

// Purchases by calendar day, as buy-till-you-die models want them. Days come in order.
struct PurchaseState {
  int32_t days = 0;
  int32_t first = 0;
  int32_t last = 0;
  __int128 spend = 0;  // Micros, without the first day.

  void Add(int32_t day, int64_t micros) {
    if (days == 0) {
      days = 1;
      first = last = day;
    } else if (day > last) {
      last = day;
      ++days;
    }
    if (days > 1) spend += micros;
  }
};

// The same for models of discrete time: purchases by units of days, counted from the first purchase day on. A unit
// counts once it is over, so the one that as_of lies in does not.
struct PurchaseUnitsState {
  bool any = false;
  int32_t first = 0;  // The day that unit 0 begins with.
  int32_t over = 0;   // Units that are over: 0 to over - 1.
  int32_t units = 0;  // Those after unit 0, of these, with a purchase;
  int32_t last = 0;   // the last one;
  __int128 spend = 0;  // and what was spent in them, in micros.

  void Add(int32_t day, int64_t micros, int32_t as_of_day, double days_per_unit) {
    const auto unit_of = [&](int32_t d) { return static_cast<int32_t>(std::floor((d - first) / days_per_unit)); };
    if (!any) {
      any = true;
      first = day;
      over = unit_of(as_of_day);
    }
    const int32_t unit = unit_of(day);
    if (unit == 0 || unit >= over) return;
    if (unit > last) {
      last = unit;
      ++units;
    }
    spend += micros;
  }
};

}  // namespace clientele::features
