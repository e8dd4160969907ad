#include "common/model/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "common/base/error.h"
#include "common/model/artifact.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using testutil::SampleDataset;
using testutil::StatusIs;
using v1::ModelArtifact;
using ::testing::HasSubstr;

absl::StatusOr<std::shared_ptr<const Predictor>> Load(const ModelArtifact& artifact) {
  return Predictor::Load(SerializeArtifact(artifact).bytes);
}

struct Sample {
  const char* name;
  ModelArtifact (*make)(const Dataset&);
};

class PredictorTest : public ::testing::TestWithParam<Sample> {
 protected:
  const Dataset dataset_ = SampleDataset();
  const ModelArtifact artifact_ = GetParam().make(dataset_);

  // The artifact with one change must be refused, with these words.
  template <typename Change>
  void ExpectRefused(const char* words, Change change) {
    ModelArtifact damaged = artifact_;
    change(damaged);
    const auto loaded = Load(damaged);
    EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(words)));
    EXPECT_EQ(ReasonOf(loaded.status()), "ARTIFACT_INVALID");
  }
};

INSTANTIATE_TEST_SUITE_P(Algorithms, PredictorTest,
                         ::testing::Values(Sample{"KMeans", &testutil::SampleKMeans},
                                           Sample{"LogisticRegression", &testutil::SampleLogisticRegression},
                                           Sample{"CalibratedRegression", &testutil::SampleCalibratedRegression},
                                           Sample{"MultinomialRegression", &testutil::SampleMultinomialRegression},
                                           Sample{"ValueRegression", &testutil::SampleValueRegression},
                                           Sample{"TwoPartRegression", &testutil::SampleTwoPartRegression}),
                         [](const auto& test) { return test.param.name; });

// What has a fit and quantiles of its scores.
class LinearPredictorTest : public PredictorTest {};

INSTANTIATE_TEST_SUITE_P(Algorithms, LinearPredictorTest,
                         ::testing::Values(Sample{"LogisticRegression", &testutil::SampleLogisticRegression},
                                           Sample{"ValueRegression", &testutil::SampleValueRegression}),
                         [](const auto& test) { return test.param.name; });

TEST_P(PredictorTest, LoadsItsOwnBytesAndGivesThemBack) {
  const SerializedArtifact serialized = SerializeArtifact(artifact_);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Load(serialized.bytes));
  EXPECT_EQ(SerializeArtifact(predictor->artifact()).bytes, serialized.bytes);
  EXPECT_EQ(SerializeArtifact(predictor->artifact()).sha256, serialized.sha256);
  EXPECT_EQ(predictor->schema().size(), 5);
}

TEST_P(PredictorTest, MakesTheSameArtifactForAnyNumberOfThreads) {
  for (const int threads : {2, 5}) {
    ModelArtifact again = artifact_;
    ASSERT_OK(CompleteArtifact(dataset_, RowSelection::All(dataset_), threads, again));
    EXPECT_EQ(SerializeArtifact(again).sha256, SerializeArtifact(artifact_).sha256);
  }
}

TEST_P(PredictorTest, CellsAndDatasetRowsScoreToTheSameBits) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(artifact_));
  ASSERT_OK_AND_ASSIGN(const auto predictions, PredictRows(*predictor, dataset_, RowSelection::All(dataset_), 2));
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(predictor->encoder(), dataset_));
  std::vector<Cell> cells(predictor->schema().size());
  for (int s = 0; s < kShardCount; ++s) {
    ASSERT_EQ(static_cast<int64_t>(predictions[s].size()), dataset_.shards[s].rows);
    for (int64_t row = 0; row < dataset_.shards[s].rows; ++row) {
      rows.ReadCells(s, row, absl::MakeSpan(cells));
      const Prediction prediction = predictor->Predict(cells, true);
      ASSERT_EQ(prediction.output, predictions[s][row].output);
      ASSERT_EQ(prediction.cluster, predictions[s][row].cluster);
      ASSERT_EQ(prediction.percentile, predictions[s][row].percentile);
    }
  }
}

TEST_P(LinearPredictorTest, ContributionsAddUpToTheFit) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(artifact_));
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    const auto number = [&] { return random() % 4 == 0 ? NAN : (random() / 4294967296.0 - 0.3) * 500; };
    const char* plans[] = {"basic", "gold", "silver", "unknown"};
    const std::string region = "r" + std::to_string(random() % 9);
    std::vector<Cell> row = {Cell::Number(number()), Cell::Number(number()), Cell::Number(number()),
                             Cell::Category(plans[random() % 4]), Cell::Category(region)};
    if (random() % 4 == 0) row[3] = Cell::Missing();
    const Prediction prediction = predictor->Predict(row, true);
    ASSERT_EQ(prediction.contributions.size(), row.size());
    const double sum = std::accumulate(prediction.contributions.begin(), prediction.contributions.end(), 0.0);
    ASSERT_NEAR(prediction.baseline + sum, prediction.fit, 1e-12);
  }
}

// What the baseline means: over the training rows, contributions are 0 on average.
TEST_P(LinearPredictorTest, TheBaselineIsTheMeanFitOfTheTrainingRows) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(artifact_));
  ASSERT_OK_AND_ASSIGN(const auto predictions, PredictRows(*predictor, dataset_, RowSelection::All(dataset_), 1));
  double sum = 0;
  for (const auto& shard : predictions) {
    for (const Prediction& prediction : shard) sum += prediction.fit;
  }
  EXPECT_NEAR(sum / static_cast<double>(dataset_.rows()), predictions[0][0].baseline, 1e-12);
}

TEST_P(PredictorTest, NamesWhatItImputed) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(artifact_));
  const Prediction prediction = predictor->Predict(
      {Cell::Number(1), Cell::Missing(), Cell::Number(3), Cell::Missing(), Cell::Category("r1")}, false);
  EXPECT_THAT(prediction.imputed, ::testing::ElementsAre(1, 3));
}

TEST_P(PredictorTest, RefusesDamagedArtifacts) {
  ASSERT_OK(Load(artifact_));
  ExpectRefused("format_version is 2", [](ModelArtifact& a) { a.set_format_version(2); });
  ExpectRefused("no model", [](ModelArtifact& a) { a.clear_model(); });
  ExpectRefused("no golden rows", [](ModelArtifact& a) { a.clear_golden_rows(); });
  ExpectRefused("asks for", [](ModelArtifact& a) {
    if (a.has_kmeans()) {
      a.mutable_spec()->mutable_logistic_regression();
    } else {
      a.mutable_spec()->mutable_kmeans();
    }
  });
  ExpectRefused("schema has 0 columns", [](ModelArtifact& a) { a.clear_schema(); });
  ExpectRefused("golden row has 6 values", [](ModelArtifact& a) { a.mutable_golden_rows(0)->add_values(); });
  ExpectRefused("type", [](ModelArtifact& a) { a.mutable_golden_rows(0)->mutable_values(0)->set_text("x"); });
  ExpectRefused("type", [](ModelArtifact& a) { a.mutable_golden_rows(0)->mutable_values(3)->set_flag(true); });
  ExpectRefused("golden row 7", [](ModelArtifact& a) { a.mutable_golden_rows(7)->add_outputs(1); });
  ExpectRefused("not a ModelArtifact", [](ModelArtifact& a) {
    a.mutable_spec()->set_model("\xff\xff");  // Not UTF-8: the parser refuses it.
  });
}

TEST_P(PredictorTest, RefusesAGoldenRowThatIsOffByOneBit) {
  const int last = artifact_.golden_rows(0).outputs_size() - 1;
  const double output = artifact_.golden_rows(0).outputs(last);
  ExpectRefused("golden row 0", [&](ModelArtifact& a) {
    a.mutable_golden_rows(0)->set_outputs(last, std::nextafter(output, 1e9));
  });
}

TEST_P(PredictorTest, RefusesParametersThatAreNotThoseOfTheGoldenRows) {
  ExpectRefused("golden row", [](ModelArtifact& a) {
    google::protobuf::RepeatedField<double>* parameters =
        a.has_kmeans()                ? a.mutable_kmeans()->mutable_centroids()
        : a.has_logistic_regression() ? a.mutable_logistic_regression()->mutable_coefficients()
        : a.has_multinomial_regression()
            ? a.mutable_multinomial_regression()->mutable_classes(1)->mutable_coefficients()
            : a.mutable_value_regression()->mutable_coefficients();
    for (double& parameter : *parameters) parameter *= 1 + 1e-12;
  });
  ExpectRefused("golden row", [](ModelArtifact& a) {
    v1::FittedNumber* age = a.mutable_preprocessing()->mutable_features(2)->mutable_number();
    age->set_imputed_value(age->imputed_value() + 1);
  });
}

TEST_P(LinearPredictorTest, RefusesQuantilesThatAreMissingOrFall) {
  ExpectRefused("no score_quantiles", [](ModelArtifact& a) { a.clear_score_quantiles(); });
  ExpectRefused("100 numbers", [](ModelArtifact& a) { a.mutable_score_quantiles()->RemoveLast(); });
  ExpectRefused("fall", [](ModelArtifact& a) { a.mutable_score_quantiles()->SwapElements(0, 100); });
}

TEST(PredictorPercentileTest, LiesBetweenTheQuantiles) {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_value_regression();
  for (const double coefficient : {1, 0, 0}) model->add_coefficients(coefficient);
  model->set_intercept(2);  // value = x
  model->set_target(v1::ValueRegressionParameters::TARGET_PLAIN);
  // 0 up to the 20th percentile, then 10 a percent.
  for (int q = 0; q <= 100; ++q) artifact.add_score_quantiles(q <= 20 ? 0 : (q - 20) * 10);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(artifact));
  const auto percentile = [&](double x) {
    return predictor->Predict({Cell::Number(x), Cell::Category("a")}, false).percentile;
  };
  EXPECT_DOUBLE_EQ(percentile(0), 10);  // A fifth of the customers have this score: the middle of them.
  EXPECT_DOUBLE_EQ(percentile(5), 20.5);
  EXPECT_DOUBLE_EQ(percentile(100), 30);
  EXPECT_DOUBLE_EQ(percentile(800), 100);
  EXPECT_DOUBLE_EQ(percentile(1e6), 100);
}

TEST(PredictorLoadTest, RefusesWhatIsNoArtifact) {
  for (const char* bytes : {"", "hello", "\xff\xff\xff\xff"}) {
    const auto loaded = Predictor::Load(bytes);
    EXPECT_THAT(loaded, StatusIs(absl::StatusCode::kInvalidArgument)) << bytes;
    EXPECT_EQ(ReasonOf(loaded.status()), "ARTIFACT_INVALID");
  }
}

}  // namespace
}  // namespace clientele::model
