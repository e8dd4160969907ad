// Many rows at once score to the bits of one row after the other.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "common/model/predictor.h"
#include "tests/common/model/instruction_sets.h"
#include "tests/common/model/lifetime_value/sample.h"
#include "tests/common/model/rfm/sample.h"
#include "tests/common/model/sample.h"
#include "tests/common/model/survival/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using testutil::ForEachInstructionSet;
using v1::ModelArtifact;

ModelArtifact SampleCosine() {
  ModelArtifact artifact = testutil::SampleKMeans(testutil::SampleDataset());
  artifact.mutable_kmeans()->set_distance(v1::KMeansParameters::DISTANCE_COSINE);
  artifact.clear_golden_rows();
  return artifact;
}

ModelArtifact SamplePlatt() {
  ModelArtifact artifact = testutil::SampleLogisticRegression(testutil::SampleDataset());
  artifact.mutable_logistic_regression()->mutable_platt()->set_slope(0.7);
  artifact.mutable_logistic_regression()->mutable_platt()->set_intercept(-0.2);
  return artifact;
}

ModelArtifact SampleLogLink() {
  ModelArtifact artifact = testutil::SampleValueRegression(testutil::SampleDataset());
  artifact.mutable_value_regression()->set_family(v1::ValueRegressionParameters::FAMILY_GAMMA);
  return artifact;
}

// 11 numbers and nothing else: their columns are encoded in place, and fill no whole number of vectors.
ModelArtifact NumbersAlone() {
  ModelArtifact artifact;
  artifact.set_format_version(1);
  auto& model = *artifact.mutable_logistic_regression();
  for (int f = 0; f < 11; ++f) {
    auto& column = *artifact.add_schema();
    column.mutable_feature()->set_name("f" + std::to_string(f));
    column.set_type(common::v1::FEATURE_TYPE_NUMBER);
    auto& fitted = *artifact.mutable_preprocessing()->add_features();
    fitted.set_feature(column.feature().name());
    auto& number = *fitted.mutable_number();
    number.set_imputed_value(0.1 * f);
    number.set_mean(f - 5.5);
    number.set_scale(1 / (f + 0.3));
    number.set_log1p(f % 3 == 0);
    if (f % 4 == 1) number.set_lower(-20);
    if (f % 4 == 2) number.set_upper(90);
    model.add_coefficients(std::sin(f + 1));
  }
  artifact.mutable_preprocessing()->set_num_columns(11);
  model.set_intercept(0.25);
  model.set_threshold(0.5);
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i / 100.0);
  return artifact;
}

// The same with columns that say what was missing.
ModelArtifact NumbersWithIndicators() {
  ModelArtifact artifact = NumbersAlone();
  for (auto& fitted : *artifact.mutable_preprocessing()->mutable_features()) {
    fitted.mutable_number()->set_missing_indicator(true);
    artifact.mutable_logistic_regression()->add_coefficients(0.5);
  }
  artifact.mutable_preprocessing()->set_num_columns(22);
  return artifact;
}

template <ModelArtifact (*make)(const dataset::Dataset&)>
ModelArtifact OfSample() {
  return make(testutil::SampleDataset());
}

struct Sample {
  const char* name;
  ModelArtifact (*make)();
};

class PredictRowsTest : public ::testing::TestWithParam<Sample> {
 protected:
  PredictRowsTest() : predictor_(*Predictor::Create(GetParam().make())) {}

  // Numbers of every size, missing ones, known and unknown categories.
  void MakeRows(int n) {
    cells_.clear();
    texts_.assign(n * predictor_->schema().size(), "");
    std::mt19937 random(n);
    const auto uniform = [&] { return random() / 4294967296.0; };
    for (int i = 0; i < n; ++i) {
      for (int f = 0; f < predictor_->schema().size(); ++f) {
        const uint32_t kind = random() % 16;
        std::string& text = texts_[i * predictor_->schema().size() + f];
        if (kind < 2) {
          cells_.push_back(Cell::Missing());
        } else if (predictor_->encoder().IsCategory(f)) {
          const char* values[] = {"basic", "gold", "silver", "mini", "r1", "r2", "r0", "never seen in training"};
          text = values[random() % 8];
          cells_.push_back(Cell::Category(text));
        } else if (kind < 5) {
          cells_.push_back(Cell::Number((uniform() - 0.5) * std::pow(10.0, random() % 60)));
        } else if (kind == 5) {
          cells_.push_back(Cell::Number(i % 2 == 0 ? 0.0 : -0.0));
        } else {
          cells_.push_back(Cell::Number((uniform() - 0.3) * 300));
        }
      }
    }
  }

  absl::Span<const Cell> Row(int i) const {
    const size_t size = predictor_->schema().size();
    return absl::MakeConstSpan(cells_).subspan(i * size, size);
  }

  const std::shared_ptr<const Predictor> predictor_;
  std::vector<std::string> texts_;
  std::vector<Cell> cells_;
};

INSTANTIATE_TEST_SUITE_P(
    Algorithms, PredictRowsTest,
    ::testing::Values(
        Sample{"KMeans", &OfSample<&testutil::SampleKMeans>}, Sample{"Cosine", &SampleCosine},
        Sample{"LogisticRegression", &OfSample<&testutil::SampleLogisticRegression>}, Sample{"Platt", &SamplePlatt},
        Sample{"Isotonic", &OfSample<&testutil::SampleCalibratedRegression>}, Sample{"NumbersAlone", &NumbersAlone},
        Sample{"NumbersWithIndicators", &NumbersWithIndicators},
        Sample{"MultinomialRegression", &OfSample<&testutil::SampleMultinomialRegression>},
        Sample{"ValueRegression", &OfSample<&testutil::SampleValueRegression>}, Sample{"LogLink", &SampleLogLink},
        Sample{"TwoPartRegression", &OfSample<&testutil::SampleTwoPartRegression>}, Sample{"Cox", &testutil::SampleCox},
        Sample{"Retention", &testutil::SampleRetention}, Sample{"Rfm", &testutil::SampleRfm},
        Sample{"LifetimeValue", [] { return testutil::LifetimeArtifact(true); }}),
    [](const auto& test) { return test.param.name; });

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return SameBits(x, y); });
}

void ExpectSame(const Prediction& a, const Prediction& b) {
  for (const auto member :
       {&Scores::output, &Scores::fit, &Scores::baseline, &Scores::percentile, &Scores::runner_up_distance,
        &Scores::lower, &Scores::upper, &Scores::occurrence_probability, &Scores::probability_alive,
        &Scores::expected_purchases}) {
    EXPECT_TRUE(SameBits(a.*member, b.*member)) << a.*member << " " << b.*member;
  }
  EXPECT_EQ(a.cluster, b.cluster);
  EXPECT_EQ(a.predicted_class, b.predicted_class);
  EXPECT_EQ(a.rfm.recency, b.rfm.recency);
  EXPECT_EQ(a.rfm.frequency, b.rfm.frequency);
  EXPECT_EQ(a.rfm.monetary, b.rfm.monetary);
  EXPECT_TRUE(SameBits(a.probabilities, b.probabilities));
  EXPECT_TRUE(SameBits(a.survival, b.survival));
}

TEST_P(PredictRowsTest, TheEncoderGivesTheBitsOfOneRow) {
  const RowEncoder& encoder = predictor_->encoder();
  Workspace workspace;
  std::vector<double> expected(encoder.num_columns());
  for (const int n : {1, 2, 3, 7, 8, 9, 31, kRowsAtOnce}) {
    MakeRows(n);
    ForEachInstructionSet([&] {
      const auto columns = encoder.EncodeRows(cells_, workspace);
      ASSERT_EQ(columns.size(), expected.size() * n);
      for (int i = 0; i < n; ++i) {
        encoder.Encode(Row(i), absl::MakeSpan(expected));
        for (size_t j = 0; j < expected.size(); ++j) {
          ASSERT_TRUE(SameBits(columns[i * expected.size() + j], expected[j])) << encoder.columns()[j].name;
        }
        ASSERT_EQ(workspace.incomplete[i] != 0, !encoder.MissingFeatures(Row(i)).empty());
      }
    });
  }
}

TEST_P(PredictRowsTest, AnyNumberOfRowsScoresAsOneAfterTheOther) {
  Workspace workspace;
  std::vector<Prediction> predictions;
  std::vector<double> columns(predictor_->encoder().num_columns());
  for (const int n : {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 200}) {
    MakeRows(n);
    predictions.resize(n);  // The others hold what they held.
    ForEachInstructionSet([&] {
      predictor_->PredictRows(cells_, /*explain=*/false, workspace, absl::MakeSpan(predictions));
      for (int i = 0; i < n; ++i) {
        predictor_->encoder().Encode(Row(i), absl::MakeSpan(columns));
        ExpectSame(predictions[i], predictor_->PredictColumns(columns));
        EXPECT_EQ(predictions[i].imputed, predictor_->encoder().MissingFeatures(Row(i)));
        EXPECT_TRUE(predictions[i].contributions.empty());
      }
    });
  }
}

// Of models without categories.
class PredictNumbersTest : public PredictRowsTest {};

INSTANTIATE_TEST_SUITE_P(Algorithms, PredictNumbersTest,
                         ::testing::Values(Sample{"NumbersAlone", &NumbersAlone},
                                           Sample{"NumbersWithIndicators", &NumbersWithIndicators},
                                           Sample{"Rfm", &testutil::SampleRfm}),
                         [](const auto& test) { return test.param.name; });

TEST_P(PredictNumbersTest, NumbersWithoutCellsScoreAsTheSameInCells) {
  Workspace workspace;
  std::vector<Prediction> predictions, expected;
  for (const int n : {0, 1, 7, 8, 63, 64, 65, 200}) {
    MakeRows(n);
    std::vector<double> numbers;
    for (Cell& cell : cells_) {
      if (std::isnan(cell.number)) cell.number = -3;
      numbers.push_back(cell.number);
    }
    predictions.resize(n);  // The others hold what they held.
    expected.resize(n);
    ForEachInstructionSet([&] {
      predictor_->PredictNumbers(numbers, workspace, absl::MakeSpan(predictions));
      predictor_->PredictRows(cells_, /*explain=*/false, workspace, absl::MakeSpan(expected));
      for (int i = 0; i < n; ++i) {
        ExpectSame(predictions[i], expected[i]);
        EXPECT_TRUE(predictions[i].imputed.empty());
      }
    });
  }
}

TEST_P(PredictRowsTest, ExplainsEachRowAsAlone) {
  MakeRows(70);
  Workspace workspace;
  std::vector<Prediction> predictions(70);
  predictor_->PredictRows(cells_, /*explain=*/true, workspace, absl::MakeSpan(predictions));
  for (int i = 0; i < 70; ++i) {
    const Prediction alone = predictor_->Predict(Row(i), /*explain=*/true);
    ExpectSame(predictions[i], alone);
    EXPECT_TRUE(SameBits(predictions[i].contributions, alone.contributions));
    EXPECT_EQ(predictions[i].imputed, alone.imputed);
  }
}

}  // namespace
}  // namespace clientele::model
