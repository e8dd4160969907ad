#include "common/statistics/auc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace clientele::statistics {
namespace {

struct Scored {
  std::vector<double> scores, labels;
};

// Scores that tell something, with ties.
Scored RandomScores(int n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  Scored data;
  for (int i = 0; i < n; ++i) {
    const double score = std::floor(200 * uniform(random)) / 200;
    data.scores.push_back(score);
    data.labels.push_back(uniform(random) < score ? 1 : 0);
  }
  return data;
}

TEST(AreaUnderCurveTest, TiesCountOneHalf) {
  EXPECT_DOUBLE_EQ(AreaUnderCurve({0.1, 0.2, 0.3, 0.4}, {0, 0, 1, 1}), 1);
  EXPECT_DOUBLE_EQ(AreaUnderCurve({0.1, 0.2, 0.3, 0.4}, {1, 1, 0, 0}), 0);
  EXPECT_DOUBLE_EQ(AreaUnderCurve({0.5, 0.5, 0.5, 0.5}, {0, 1, 0, 1}), 0.5);
  // Pairs: (0.5, 0.5) a half, (0.5, 0.2) one, (0.9, *) two: 3.5 of 4.
  EXPECT_DOUBLE_EQ(AreaUnderCurve({0.5, 0.9, 0.5, 0.2}, {1, 1, 0, 0}), 3.5 / 4);
  EXPECT_TRUE(std::isnan(AreaUnderCurve({0.1, 0.2}, {1, 1})));
}

// By the definition: all pairs, and the sample variances of the rows' placements.
TEST(AucTest, HasDeLongsStandardError) {
  const Scored data = RandomScores(300, 1);
  std::vector<std::vector<double>> placements(2);
  double auc = 0, pairs = 0;
  for (size_t i = 0; i < data.scores.size(); ++i) {
    double sum = 0, others = 0;
    for (size_t j = 0; j < data.scores.size(); ++j) {
      if (data.labels[i] == data.labels[j]) continue;
      const double difference = data.labels[i] == 1 ? data.scores[i] - data.scores[j] : data.scores[j] - data.scores[i];
      sum += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
      others += 1;
    }
    placements[static_cast<size_t>(data.labels[i])].push_back(sum / others);
    if (data.labels[i] == 1) auc += sum, pairs += others;
  }
  double variance = 0;
  for (const auto& of_class : placements) {
    const double n = static_cast<double>(of_class.size());
    double mean = 0, squares = 0;
    for (const double placement : of_class) mean += placement / n;
    for (const double placement : of_class) squares += (placement - mean) * (placement - mean);
    variance += squares / (n - 1) / n;
  }
  const Auc found = AucWithError(data.scores, data.labels);
  EXPECT_NEAR(found.value, auc / pairs, 1e-12);
  EXPECT_NEAR(found.standard_error, std::sqrt(variance), 1e-12);
}

TEST(AucTest, HasNoErrorOfASingleRow) {
  const Auc auc = AucWithError({0.9, 0.2, 0.3}, {1, 0, 0});
  EXPECT_EQ(auc.value, 1);
  EXPECT_TRUE(std::isnan(auc.standard_error));
}

}  // namespace
}  // namespace clientele::statistics
