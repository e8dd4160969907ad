// Order statistics of what parts hold, exact, while every value stays with its part: counts by the leading bits of the
// values narrow down where each lies, eleven bits at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/dataset/parts.h"

namespace clientele::dataset {

// Of each of k lists, of which `lists` has this part's values (NaN does not count), the values of the ranks `asked[k]`
// among all parts' in rising order, from 0; they must be below the number of values. T is float or double; -0 is before
// 0. `threads` changes the speed alone. Cost: two passes over the values, and one, four of doubles, over those that
// begin like a value asked for, which are kept meanwhile. Over the network 16 KiB a list and pass for each place that
// the ranks asked for have come to.
template <typename T>
absl::StatusOr<std::vector<std::vector<T>>> OrderStatistics(const std::vector<std::vector<T>>& lists,
                                                            const std::vector<std::vector<int64_t>>& asked,
                                                            int threads, Parts& parts);

extern template absl::StatusOr<std::vector<std::vector<float>>> OrderStatistics(
    const std::vector<std::vector<float>>&, const std::vector<std::vector<int64_t>>&, int, Parts&);
extern template absl::StatusOr<std::vector<std::vector<double>>> OrderStatistics(
    const std::vector<std::vector<double>>&, const std::vector<std::vector<int64_t>>&, int, Parts&);

}  // namespace clientele::dataset
