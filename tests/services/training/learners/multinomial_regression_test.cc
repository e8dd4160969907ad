#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/error.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/multinomial_regression/family.h"
#include "services/training/learners/multinomial_regression/train.h"
#include "tests/services/training/support/overlapping.h"

namespace clientele::training {
namespace {

using model::v1::MultinomialRegressionModel;
using model::v1::MultinomialRegressionParameters;
using ::testing::HasSubstr;
using testutil::LabelledRows;
using testutil::MakeMatrix;
using testutil::RunOnRanks;

const std::vector<std::string> kNames = {"bronze", "silver", "gold"};

MultinomialRegressionParameters Penalty(double l2) {
  MultinomialRegressionParameters parameters;
  parameters.set_l2_penalty(l2);
  return parameters;
}

absl::StatusOr<MultinomialRegressionModel> Train(const TrainingMatrix& matrix, absl::Span<const std::string> names,
                                                 const MultinomialRegressionParameters& parameters, int threads = 2) {
  LocalCommunicator local;
  return TrainMultinomialRegression(matrix, names, parameters, local, threads, StopToken(), {});
}

// Three classes, each leaning on a column of its own.
LabelledRows ThreeClasses(int n, int d, uint64_t seed) {
  LabelledRows data{testutil::RandomRows(n, d, seed), {}};
  Random random(seed, 1);
  for (const auto& row : data.rows) {
    double best = -1e9, label = 0;
    for (int c = 0; c < 3; ++c) {
      const double score =
          row[c] - std::log(-std::log(random.Uniform() + 1e-12)) + (c == 0 ? 0.7 : 0);  // Gumbel: softmax.
      if (score > best) best = score, label = c;
    }
    data.labels.push_back(label);
  }
  return data;
}

std::vector<double> Probabilities(const MultinomialRegressionModel& model, const std::vector<double>& row) {
  std::vector<double> values;
  double sum = 0;
  for (const auto& one : model.classes()) {
    double fit = one.intercept();
    for (size_t j = 0; j < row.size(); ++j) fit += one.coefficients(static_cast<int>(j)) * row[j];
    values.push_back(std::exp(fit));
    sum += values.back();
  }
  for (double& value : values) value /= sum;
  return values;
}

TEST(MultinomialFamilyTest, DerivativesMatchFiniteDifferences) {
  const int k = 4;
  const MultinomialFamily family(k);
  Random random(1, 2);
  std::vector<double> fits(k * kTileRows), labels(kTileRows), losses(kTileRows);
  for (double& fit : fits) fit = 6 * random.Uniform() - 3;
  for (double& label : labels) label = std::floor(k * random.Uniform());
  const auto evaluate = [&](std::vector<double>& slopes, std::vector<double>& curvatures) {
    slopes.assign(k * kTileRows, 0);
    curvatures.assign(k * (k + 1) / 2 * kTileRows, 0);
    family.Evaluate({50, fits.data(), labels.data(), losses.data(), slopes.data(), curvatures.data()});
    return losses;
  };
  std::vector<double> slopes, curvatures, up_slopes, down_slopes, unused;
  evaluate(slopes, curvatures);
  const double h = 1e-5;
  for (int a = 0, pair = 0; a < k; ++a) {
    for (int b = a; b < k; ++b, ++pair) {
      for (int r = 0; r < 50; ++r) {
        double& fit = fits[b * kTileRows + r];
        const double before = fit;
        fit = before + h;
        const std::vector<double> up = evaluate(up_slopes, unused);
        fit = before - h;
        const std::vector<double> down = evaluate(down_slopes, unused);
        fit = before;
        EXPECT_NEAR(slopes[b * kTileRows + r], (up[r] - down[r]) / (2 * h), 1e-8);
        EXPECT_NEAR(curvatures[pair * kTileRows + r],
                    (up_slopes[a * kTileRows + r] - down_slopes[a * kTileRows + r]) / (2 * h), 1e-8);
      }
    }
  }
}

TEST(MultinomialFamilyTest, IsSafeFarOut) {
  const MultinomialFamily family(3);
  std::vector<double> fits(3 * kTileRows, 0.0), labels(kTileRows, 0.0), losses(kTileRows), slopes(3 * kTileRows),
      curvatures(6 * kTileRows);
  fits[0] = 1e6;
  fits[kTileRows + 1] = 1e6;
  fits[2] = 40;
  family.Evaluate({3, fits.data(), labels.data(), losses.data(), slopes.data(), curvatures.data()});
  EXPECT_EQ(losses[0], 0);
  EXPECT_EQ(losses[1], 1e6);
  EXPECT_NEAR(losses[2] / (2 * std::exp(-40.0)), 1, 1e-12);  // Not lost beside 1.
  EXPECT_NEAR(slopes[2] / (-2 * std::exp(-40.0)), 1, 1e-12);
  EXPECT_NEAR(curvatures[2] / (2 * std::exp(-40.0)), 1, 1e-12);
  std::vector<double> alone(kTileRows);
  family.Evaluate({3, fits.data(), labels.data(), alone.data(), nullptr, nullptr});
  for (int r = 0; r < 3; ++r) EXPECT_EQ(alone[r], losses[r]);
}

TEST(TrainMultinomialRegressionTest, MeetsItsOptimalityConditions) {
  const LabelledRows data = ThreeClasses(900, 5, 3);
  const auto model = Train(data.Matrix(), kNames, Penalty(2));
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->classes_size(), 3);
  std::vector<std::vector<double>> slopes(3, std::vector<double>(6, 0.0));
  double loss = 0;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    const std::vector<double> p = Probabilities(*model, data.rows[i]);
    loss -= std::log(p[static_cast<size_t>(data.labels[i])]);
    for (int c = 0; c < 3; ++c) {
      const double slope = p[c] - (data.labels[i] == c ? 1 : 0);
      for (int j = 0; j < 5; ++j) slopes[c][j] += slope * data.rows[i][j];
      slopes[c][5] += slope;
    }
  }
  double squares = 0;
  for (int j = 0; j < 5; ++j) {
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
      const double b = model->classes(c).coefficients(j);
      EXPECT_NEAR(slopes[c][j] + 2 * b, 0, 1e-5) << c << " " << j;
      sum += b;
      squares += b * b;
    }
    EXPECT_NEAR(sum, 0, 1e-12);
  }
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(slopes[c][5], 0, 1e-5);
  EXPECT_NEAR(model->objective(), loss + squares, 1e-5);
  EXPECT_LE(model->gradient_norm(), 1e-9);
  EXPECT_LT(model->iterations(), 12);
  EXPECT_GT(model->classes(2).coefficients(2), 0.3);
  EXPECT_NEAR(
      model->classes(0).training_share() + model->classes(1).training_share() + model->classes(2).training_share(), 1,
      1e-12);
}

// Of two classes b1 = -b0 = b / 2, so a penalty of l2 on both is one of l2 / 2 on b.
TEST(TrainMultinomialRegressionTest, OfTwoClassesIsTheBinaryRegression) {
  const LabelledRows data = testutil::Overlapping(500, 3, 4);
  const auto two = Train(data.Matrix(), {"no", "yes"}, Penalty(3));
  const auto binary = testutil::TrainLogistic(data.Matrix(), testutil::Penalty(1.5));
  ASSERT_TRUE(two.ok() && binary.ok()) << two.status() << binary.status();
  EXPECT_NEAR(two->objective(), binary->objective(), 1e-7);
  EXPECT_NEAR(2 * two->classes(1).intercept(), binary->intercept(), 1e-7);
  EXPECT_NEAR(2 * two->classes(1).intercept_standard_error(), binary->intercept_standard_error(), 1e-7);
  for (int j = 0; j < 3; ++j) {
    EXPECT_NEAR(2 * two->classes(1).coefficients(j), binary->coefficients(j), 1e-7);
    EXPECT_NEAR(2 * two->classes(1).standard_errors(j), binary->standard_errors(j), 1e-7);
  }
}

TEST(TrainMultinomialRegressionTest, PermutedClassesPermuteTheModel) {
  LabelledRows data = ThreeClasses(400, 3, 5);
  const auto before = Train(data.Matrix(), kNames, Penalty(1));
  for (double& label : data.labels) label = std::fmod(label + 1, 3);
  const auto after = Train(data.Matrix(), {"gold", "bronze", "silver"}, Penalty(1));
  for (int c = 0; c < 3; ++c) {
    for (int j = 0; j < 3; ++j) {
      EXPECT_NEAR(after->classes((c + 1) % 3).coefficients(j), before->classes(c).coefficients(j), 1e-8);
    }
  }
}

TEST(TrainMultinomialRegressionTest, BalancedClassesCountAlike) {
  const LabelledRows data = ThreeClasses(900, 3, 6);
  MultinomialRegressionParameters parameters = Penalty(0.001);
  parameters.set_balance_classes(true);
  const auto model = Train(data.Matrix(), kNames, parameters);
  ASSERT_TRUE(model.ok()) << model.status();
  // With intercepts the weighted mean probability of each class is its weighted share: one third.
  std::vector<double> means(3, 0.0), counts(3, 0.0);
  for (const double label : data.labels) counts[static_cast<size_t>(label)] += 1;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    const std::vector<double> p = Probabilities(*model, data.rows[i]);
    for (int c = 0; c < 3; ++c) means[c] += p[c] / (3 * counts[static_cast<size_t>(data.labels[i])]);
  }
  for (const double mean : means) EXPECT_NEAR(mean, 1.0 / 3, 1e-6);
}

// So many classes that the Hessian is not formed.
TEST(TrainMultinomialRegressionTest, ManyClassesConvergeToo) {
  const int k = 52, d = 20;
  LabelledRows data{testutil::RandomRows(624, d, 7), {}};
  std::vector<std::string> names;
  for (int c = 0; c < k; ++c) names.push_back("c" + std::to_string(c));
  for (size_t i = 0; i < data.rows.size(); ++i) data.labels.push_back(static_cast<double>((i * 7) % k));
  const auto model = Train(data.Matrix(), names, Penalty(1));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_LE(model->gradient_norm(), 1e-7);
  EXPECT_EQ(model->classes_size(), k);
}

TEST(TrainMultinomialRegressionTest, GivesTheSameModelForAnyThreadsAndRanks) {
  const TrainingMatrix matrix = ThreeClasses(2000, 6, 8).Matrix();
  const std::string expected = Train(matrix, kNames, Penalty(1), 1)->SerializeAsString();
  for (const int threads : {2, 3, 8})
    EXPECT_EQ(Train(matrix, kNames, Penalty(1), threads)->SerializeAsString(), expected);
  for (const int ranks : {1, 2, 5}) {
    const auto results =
        RunOnRanks<MultinomialRegressionModel>(matrix, ranks, [&](const TrainingMatrix& part, Communicator& c) {
          return TrainMultinomialRegression(part, kNames, Penalty(1), c, 1, StopToken(), {});
        });
    for (const auto& result : results) EXPECT_EQ(result->SerializeAsString(), expected) << ranks;
  }
}

TEST(TrainMultinomialRegressionTest, EndsCleanlyOnWhatItCannotLearn) {
  const auto error = [](const std::vector<std::vector<double>>& rows, const std::vector<double>& labels) {
    return Train(MakeMatrix(rows, labels), kNames, Penalty(1)).status();
  };
  EXPECT_EQ(ReasonOf(error({}, {})), "DATA_NOT_READY");
  EXPECT_THAT(std::string(error({{1}, {2}, {3}}, {0, 1, 1}).message()), HasSubstr("\"gold\""));
  EXPECT_EQ(error({{1}, {2}, {3}}, {0, 1, 3}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {2}, {3}}, {0, 1, 0.5}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {2}, {3}}, {0, 1, -1}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {NAN}, {3}}, {0, 1, 2}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {1e30}, {3}}, {0, 1, 2}).code(), absl::StatusCode::kInvalidArgument);
  // Separable and collinear: the penalty keeps it finite.
  const auto separable = Train(MakeMatrix({{1, 1}, {2, 2}, {30, 30}}, {0, 1, 2}), kNames, Penalty(1));
  ASSERT_TRUE(separable.ok()) << separable.status();
  for (const auto& one : separable->classes()) EXPECT_TRUE(std::isfinite(one.intercept()));
  EXPECT_NEAR(separable->classes(2).coefficients(0), separable->classes(2).coefficients(1), 1e-9);
}

TEST(ValidateMultinomialRegressionTest, NamesTheFieldThatIsOutOfRange) {
  const auto field_of = [](const MultinomialRegressionParameters& p) {
    return FieldOf(ValidateMultinomialRegression(p, "m"));
  };
  EXPECT_TRUE(ValidateMultinomialRegression(MultinomialRegressionParameters(), "m").ok());
  EXPECT_EQ(field_of(Penalty(0)), "m.l2_penalty");
  EXPECT_EQ(field_of(Penalty(NAN)), "m.l2_penalty");
  MultinomialRegressionParameters p;
  p.set_max_iterations(-1);
  EXPECT_EQ(field_of(p), "m.max_iterations");
  p.Clear();
  p.set_gradient_tolerance(1);
  EXPECT_EQ(field_of(p), "m.gradient_tolerance");
}

}  // namespace
}  // namespace clientele::training
