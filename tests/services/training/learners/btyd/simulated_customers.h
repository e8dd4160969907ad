// Customers drawn from BG/NBD and Gamma-Gamma with the standard library's distributions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace clientele::testutil {

struct SimulatedCustomers {
  std::vector<double> x, t_x, T;
};

// Customer i's own r, alpha, a, b are parameters(i). Whole days of weeks.
inline SimulatedCustomers SimulateBgNbd(int n, uint32_t seed,
                                        const std::function<std::vector<double>(int)>& parameters) {
  std::mt19937_64 random(seed);
  const auto gamma = [&](double shape, double rate) {
    return std::gamma_distribution<double>(shape, 1 / rate)(random);
  };
  SimulatedCustomers customers;
  for (int i = 0; i < n; ++i) {
    const std::vector<double> own = parameters(i);
    const double age = 20 + static_cast<int>(random() % 500) / 7.0, rate = gamma(own[0], own[1]);
    const double stay = gamma(own[3], 1), stop = gamma(own[2], 1), chance = stop / (stop + stay);
    double time = 0, x = 0, last = 0;
    while (rate > 1e-12) {
      time += std::exponential_distribution<double>(rate)(random);
      if (time > age) break;
      ++x;
      last = time;
      if (std::generate_canonical<double, 53>(random) < chance) break;
    }
    customers.x.push_back(x);
    customers.t_x.push_back(std::min(age, std::ceil(last * 7) / 7));
    customers.T.push_back(age);
  }
  return customers;
}

}  // namespace clientele::testutil
