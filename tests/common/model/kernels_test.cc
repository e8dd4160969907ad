// The kernels against the plain formulas they stand for, bit for bit, on every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "common/model/linear_kernel.h"
#include "common/model/number_kernel.h"
#include "common/model/number_transform.h"
#include "common/model/percentile.h"
#include "common/model/portable_math.h"
#include "common/model/sums.h"
#include "tests/common/model/instruction_sets.h"

namespace clientele::model {
namespace {

using testutil::ForEachInstructionSet;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

std::vector<double> Numbers(int n, double size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<double> numbers(n);
  for (double& number : numbers) number = (random() / 4294967296.0 - 0.5) * 2 * size;
  return numbers;
}

// From the smallest to the largest, and what is special.
std::vector<double> NumbersOfEverySize() {
  std::vector<double> numbers = {0.0,      -0.0,    kInfinity, -kInfinity, 709.782712893384,   709.7827128933841,
                                 -745.133, -745.14, -744.5,    -708.5,     -745.1332191019412, 1e-310};
  for (const double size : {1e-20, 1e-3, 0.4, 1.0, 3.0, 40.0, 800.0}) {
    const auto some = Numbers(3001, size, static_cast<uint32_t>(size * 10));
    numbers.insert(numbers.end(), some.begin(), some.end());
  }
  return numbers;
}

TEST(LinearKernelTest, FitsAreThoseOfOneRow) {
  for (const int d : {1, 2, 3, 4, 5, 8, 31, 32, 33}) {
    const std::vector<double> coefficients = Numbers(d, 2, d), rows = Numbers(67 * d, 30, d + 100);
    for (const int n : {0, 1, 7, 8, 9, 67}) {
      std::vector<double> fits(n);
      ForEachInstructionSet([&] {
        LinearFits(coefficients, 0.3, rows.data(), absl::MakeSpan(fits));
        for (int r = 0; r < n; ++r) {
          ASSERT_TRUE(SameBits(fits[r], 0.3 + DotProduct(coefficients.data(), rows.data() + r * d, d)));
        }
      });
    }
  }
}

TEST(LinearKernelTest, ExpAndSigmoidAreThoseOfOneNumber) {
  const std::vector<double> numbers = NumbersOfEverySize();
  ForEachInstructionSet([&] {
    std::vector<double> exp = numbers, sigmoid = numbers;
    ExpEach(absl::MakeSpan(exp));
    SigmoidEach(absl::MakeSpan(sigmoid));
    for (size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_TRUE(SameBits(exp[i], Exp(numbers[i]))) << numbers[i];
      ASSERT_TRUE(SameBits(sigmoid[i], Sigmoid(numbers[i]))) << numbers[i];
    }
    double missing = std::nan("");
    ExpEach(absl::MakeSpan(&missing, 1));
    EXPECT_TRUE(std::isnan(missing));
  });
}

TEST(NumberKernelTest, LogarithmsAreThoseOfOneNumber) {
  NumberParameters parameters;
  parameters.Add(0, -kInfinity, kInfinity, /*log1p=*/true, 0, 1);
  std::vector<double> numbers;
  for (const double number : NumbersOfEverySize()) {
    numbers.push_back(static_cast<float>(std::clamp(number, -1e30, 1e30)));
  }
  for (double x = 1e-30; x < 1e38; x *= 1.07) numbers.push_back(static_cast<float>(x));
  ForEachInstructionSet([&] {
    std::vector<double> encoded = numbers;
    std::vector<uint8_t> incomplete(numbers.size());
    EncodeNumbers(parameters, static_cast<int>(numbers.size()), encoded.data(), incomplete.data());
    for (size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_TRUE(SameBits(encoded[i], CutAndLog(numbers[i], -kInfinity, kInfinity, true))) << numbers[i];
    }
  });
}

TEST(NumberKernelTest, MissingNumbersAreImputedAndTold) {
  NumberParameters parameters;
  for (int f = 0; f < 11; ++f) parameters.Add(f + 0.1, -kInfinity, kInfinity, false, 1, 2);
  ForEachInstructionSet([&] {
    for (int missing = 0; missing < 11; ++missing) {
      std::vector<double> values(22, 5);
      values[11 + missing] = std::nan("");
      uint8_t incomplete[2] = {0, 0};
      EncodeNumbers(parameters, 2, values.data(), incomplete);
      EXPECT_EQ(incomplete[0], 0);
      EXPECT_EQ(incomplete[1], 1);
      for (int f = 0; f < 11; ++f) {
        EXPECT_EQ(values[f], 8);
        EXPECT_EQ(values[11 + f], f == missing ? (f + 0.1 - 1) * 2 : 8);
      }
    }
  });
}

// By the definition.
double PercentileOf(const std::vector<double>& quantiles, double score) {
  const auto first = std::lower_bound(quantiles.begin(), quantiles.end(), score);
  if (first == quantiles.end()) return 100;
  const auto below = static_cast<double>(first - quantiles.begin());
  if (*first == score) {
    const auto last = std::upper_bound(first, quantiles.end(), score);
    return (below + static_cast<double>(last - quantiles.begin()) - 1) / 2;
  }
  if (first == quantiles.begin()) return 0;
  return below - 1 + (score - *(first - 1)) / (*first - *(first - 1));
}

TEST(PercentilesTest, LieWhereTheDefinitionSays) {
  std::vector<double> quantiles = Numbers(101, 10, 5);
  for (int i = 0; i < 25; ++i) quantiles[i] = 1.5;  // Shared by many rows.
  std::sort(quantiles.begin(), quantiles.end());
  const Percentiles percentiles(quantiles);
  std::vector<double> scores = Numbers(500, 12, 6);
  scores.insert(scores.end(), quantiles.begin(), quantiles.end());
  for (const double special : {-1e300, 1e300, 0.0, -0.0}) scores.push_back(special);
  ForEachInstructionSet([&] {
    std::vector<double> all = scores;
    percentiles.OfEach(absl::MakeSpan(all));
    for (size_t i = 0; i < scores.size(); ++i) {
      ASSERT_TRUE(SameBits(all[i], PercentileOf(quantiles, scores[i]))) << scores[i];
      ASSERT_TRUE(SameBits(percentiles.Of(scores[i]), all[i]));
    }
  });
}

TEST(PercentilesTest, AreNoneWithoutQuantiles) {
  EXPECT_TRUE(Percentiles().empty());
  EXPECT_EQ(Percentiles().Of(3), 0);
}

}  // namespace
}  // namespace clientele::model
