// Artifacts that were damaged on their way: whatever the bytes, loading refuses them as ARTIFACT_INVALID or gives a
// predictor that scores any row with finite numbers, and never crashes.
#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "common/base/error.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"
#include "common/model/reasons.h"
#include "tests/common/model/sample.h"

namespace clientele::model {
namespace {

struct Sample {
  const char* name;
  v1::ModelArtifact (*make)(const dataset::Dataset&);
};

class ArtifactFuzzTest : public ::testing::TestWithParam<Sample> {
 protected:
  const std::string bytes_ = SerializeArtifact(GetParam().make(testutil::SampleDataset(120))).bytes;
  int refused_ = 0;
  int accepted_ = 0;

  void Try(const std::string& bytes) {
    const auto loaded = Predictor::Load(bytes);
    if (!loaded.ok()) {
      ++refused_;
      ASSERT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument) << loaded.status();
      ASSERT_EQ(ReasonOf(loaded.status()), "ARTIFACT_INVALID") << loaded.status();
      return;
    }
    ++accepted_;
    const Predictor& predictor = **loaded;
    for (const double number : {0.0, 1e300, -1e300, std::numeric_limits<double>::quiet_NaN()}) {
      std::vector<Cell> row(predictor.schema().size(), Cell::Number(number));
      for (size_t f = 0; f < row.size(); ++f) {
        if (predictor.encoder().IsCategory(static_cast<int>(f)) && !std::isnan(number)) row[f] = Cell::Category("gold");
      }
      const Prediction prediction = predictor.Predict(row, /*explain=*/true);
      ASSERT_TRUE(std::isfinite(prediction.output));
      for (const double probability : prediction.probabilities) ASSERT_TRUE(probability >= 0 && probability <= 1);
      ASSERT_TRUE(std::isfinite(prediction.fit) && std::isfinite(prediction.baseline));
      ASSERT_TRUE(prediction.percentile >= 0 && prediction.percentile <= 100) << prediction.percentile;
      for (const double contribution : prediction.contributions) ASSERT_TRUE(std::isfinite(contribution));
      ExplainInWords(predictor, row, prediction, 100);
    }
  }

 private:
  google::protobuf::LogSilencer silencer_;  // The parser's own complaints, thousands of them.
};

INSTANTIATE_TEST_SUITE_P(Algorithms, ArtifactFuzzTest,
                         ::testing::Values(Sample{"KMeans", &testutil::SampleKMeans},
                                           Sample{"LogisticRegression", &testutil::SampleLogisticRegression},
                                           Sample{"CalibratedRegression", &testutil::SampleCalibratedRegression},
                                           Sample{"MultinomialRegression", &testutil::SampleMultinomialRegression},
                                           Sample{"ValueRegression", &testutil::SampleValueRegression},
                                           Sample{"TwoPartRegression", &testutil::SampleTwoPartRegression}),
                         [](const auto& test) { return test.param.name; });

TEST_P(ArtifactFuzzTest, WhenAnyByteIsChanged) {
  for (size_t i = 0; i < bytes_.size(); ++i) {
    for (const int flips : {0x01, 0x40, 0x80, 0xff}) {
      std::string damaged = bytes_;
      damaged[i] = static_cast<char>(damaged[i] ^ flips);
      ASSERT_NO_FATAL_FAILURE(Try(damaged)) << "byte " << i << " ^ " << flips;
    }
  }
  EXPECT_GT(refused_, accepted_ / 2);  // Most bytes take part in scoring.
}

TEST_P(ArtifactFuzzTest, WhenItIsCutOffAnywhere) {
  for (size_t size = 0; size < bytes_.size(); ++size) ASSERT_NO_FATAL_FAILURE(Try(bytes_.substr(0, size))) << size;
  EXPECT_EQ(accepted_, 1);  // Without its last field, base_currency, it scores all the same; the digest tells.
}

TEST_P(ArtifactFuzzTest, WhenPiecesAreOverwrittenMovedOrDoubled) {
  std::mt19937 random(11);
  const auto below = [&](size_t n) { return random() % n; };
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = bytes_;
    const size_t at = below(bytes_.size()), length = 1 + below(16);
    switch (i % 4) {
      case 0:
        for (size_t j = at; j < std::min(at + length, damaged.size()); ++j) damaged[j] = static_cast<char>(random());
        break;
      case 1:
        damaged.erase(at, length);
        break;
      case 2:
        damaged.insert(at, bytes_.substr(below(bytes_.size()), length));
        break;
      default:  // A second artifact's start after the first: protobuf merges them.
        damaged += bytes_.substr(0, at);
    }
    ASSERT_NO_FATAL_FAILURE(Try(damaged)) << "round " << i;
  }
}

}  // namespace
}  // namespace clientele::model
