#include "services/training/evaluation/influence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "services/training/evaluation/classifier.h"
#include "services/training/evaluation/multiclass.h"
#include "services/training/evaluation/value.h"

namespace clientele::training {
namespace {

struct Rows {
  std::vector<double> scores, labels;
};

Rows RandomRows(int n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  Rows rows;
  for (int i = 0; i < n; ++i) {
    rows.scores.push_back(uniform(random));
    rows.labels.push_back(uniform(random) < rows.scores.back() ? 1 : 0);
  }
  return rows;
}

double Metric(absl::string_view name, const Rows& rows) {
  const auto e = EvaluateClassifier(rows.scores, rows.labels, 0.5, 0.5);
  if (name == "accuracy") return e.accuracy();
  if (name == "auc") return e.auc();
  if (name == "precision") return e.precision();
  if (name == "recall") return e.recall();
  if (name == "f1") return e.f1();
  if (name == "log_loss") return e.log_loss();
  return e.brier();
}

// A row that is there once more moves the measure by about its influence / n.
TEST(InfluenceTest, TellsHowOneRowMoreMovesEachMeasureOfAClassifier) {
  const Rows rows = RandomRows(2'000, 7);
  for (const char* name : {"accuracy", "auc", "precision", "recall", "f1", "log_loss", "brier"}) {
    const std::vector<double> influences = ClassifierInfluences(name, rows.scores, rows.labels, 0.5);
    ASSERT_EQ(influences.size(), rows.scores.size()) << name;
    double sum = 0;
    for (const double influence : influences) sum += influence;
    EXPECT_NEAR(sum, 0, 1e-8) << name;
    const double before = Metric(name, rows);
    for (const size_t i : {0, 10, 100, 1'000}) {
      Rows more = rows;
      more.scores.push_back(rows.scores[i]);
      more.labels.push_back(rows.labels[i]);
      EXPECT_NEAR((Metric(name, more) - before) * 2'000, influences[i], 0.01) << name << " " << i;
    }
  }
}

TEST(InfluenceTest, OfValuesToo) {
  const Rows rows = RandomRows(2'000, 8);
  for (const char* name : {"mae", "rmse"}) {
    const auto metric = [&](const Rows& of) {
      const auto e = EvaluateValues(of.scores, of.labels, 0.5);
      return name[0] == 'm' ? e.mae() : e.rmse();
    };
    const std::vector<double> influences = ValueInfluences(name, rows.scores, rows.labels);
    for (const size_t i : {0, 10, 100}) {
      Rows more = rows;
      more.scores.push_back(rows.scores[i]);
      more.labels.push_back(rows.labels[i]);
      EXPECT_NEAR((metric(more) - metric(rows)) * 2'000, influences[i], 0.01) << name;
    }
  }
  EXPECT_TRUE(ValueInfluences("spearman", rows.scores, rows.labels).empty());
}

TEST(InfluenceTest, AndOfSeveralClasses) {
  std::vector<double> probabilities, labels;
  const Rows rows = RandomRows(3'000, 9);
  for (size_t i = 0; i < 1'000; ++i) {
    const double a = rows.scores[3 * i] / 2, b = rows.scores[3 * i + 1] / 2;
    probabilities.insert(probabilities.end(), {a, b, 1 - a - b});
    labels.push_back(static_cast<double>(i % 3));
  }
  const auto evaluation = EvaluateClasses(probabilities, labels, {"a", "b", "c"}, {0.4, 0.3, 0.3});
  const double p = evaluation.accuracy();
  EXPECT_NEAR(StandardErrorOf(ClassesInfluences("accuracy", probabilities, labels)), std::sqrt(p * (1 - p) / 999),
              1e-12);
  EXPECT_EQ(ClassesInfluences("log_loss", probabilities, labels).size(), 1'000u);
  EXPECT_TRUE(ClassesInfluences("macro_f1", probabilities, labels).empty());
}

TEST(InfluenceTest, GivesTheStandardErrorsThatAreKnown) {
  const Rows rows = RandomRows(1'000, 1);
  const auto evaluation = EvaluateClassifier(rows.scores, rows.labels, 0.5, 0.5);
  EXPECT_NEAR(StandardErrorOf(ClassifierInfluences("auc", rows.scores, rows.labels, 0.5)),
              evaluation.auc_standard_error(), 2e-5);
  EXPECT_NEAR(StandardErrorOf(ClassifierInfluences("accuracy", rows.scores, rows.labels, 0.5)),
              evaluation.accuracy_standard_error(), 1e-5);
  EXPECT_TRUE(ClassifierInfluences("precision", {0.1, 0.2}, {1, 0}, 0.5).empty()) << "nobody is called";
  EXPECT_TRUE(ClassifierInfluences("auc", {0.1, 0.2}, {1, 1}, 0.5).empty());
  EXPECT_TRUE(std::isnan(StandardErrorOf({1.0})));
}

}  // namespace
}  // namespace clientele::training
