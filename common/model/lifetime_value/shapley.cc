#include "common/model/lifetime_value/shapley.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace clientele::model {

void ShapleyValues(absl::Span<const double> values, absl::Span<double> players) {
  const auto n = static_cast<int>(players.size());
  std::vector<double> weights(n, 1.0 / n);  // By |S|: 1 / (n x (n - 1 choose |S|)).
  for (int size = 1; size < n; ++size) weights[size] = weights[size - 1] * size / (n - size);
  for (int i = 0; i < n; ++i) {
    players[i] = 0;
    const uint32_t self = uint32_t{1} << i;
    for (uint32_t coalition = 0; coalition < values.size(); ++coalition) {
      if ((coalition & self) != 0) continue;
      players[i] += weights[std::popcount(coalition)] * (values[coalition | self] - values[coalition]);
    }
  }
}

}  // namespace clientele::model
