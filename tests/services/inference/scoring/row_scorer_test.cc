#include "services/inference/scoring/row_scorer.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using testutil::Number;

// Rows by their numbers alone, and the same rows in the features' own bytes.
class RowScorerTest : public ::testing::Test {
 protected:
  static constexpr int kRows = 6;

  RowScorerTest() {
    for (int i = 0; i < kRows; ++i) {
      numbers_.insert(numbers_.end(), {20.0 + 7 * i, 1.0 + i});
      v1::Subject subject;
      *subject.add_features() = Number("recency", 20.0 + 7 * i);
      *subject.add_features() = Number("visits", 1.0 + i);
      bytes_.push_back(subject.SerializeAsString());
    }
  }

  SubjectView Bare(int i) const {
    return {.num_features = 2, .features = bytes_[i], .form = &model_.form(), .numbers = &numbers_[2 * i]};
  }
  SubjectView InBytes(int i) const { return {.num_features = 2, .features = bytes_[i]}; }

  static void Read(RowScorer& scorer, const SubjectView& subject) {
    ASSERT_OK(scorer.Read(
        subject, [] { return std::string("subject"); }, std::nullopt));
  }
  // By rows whose numbers are not known to be of the form.
  model::Prediction Alone(int i, int max_reasons) {
    const WantedScore wanted{max_reasons, 0, tiers_};
    RowMemory memory;
    RowScorer scorer(model_, wanted, memory, 1);
    Read(scorer, InBytes(i));
    scorer.Predict();
    return scorer.prediction(0);
  }

  const ScoringModel model_{*model::Predictor::Create(testutil::NumbersModel())};
  const Tiers tiers_;
  std::vector<double> numbers_;
  std::vector<std::string> bytes_;
  RowMemory memory_;
};

TEST_F(RowScorerTest, RowsScoreTheSameWhetherTheirNumbersAreKnownOrNot) {
  // B: bare. I: in bytes. S: bare, but not behind the row before.
  for (const std::string order : {"B", "BBBBBB", "IBBBBB", "BBIBBB", "BBBBBI", "BBSBBB", "SBBBBB", "BISBIB"}) {
    for (const int max_reasons : {0, 2}) {
      const WantedScore wanted{max_reasons, 0, tiers_};
      RowScorer scorer(model_, wanted, memory_, kRows);
      for (int round = 0; round < 2; ++round, scorer.Clear()) {
        std::vector<int> rows;
        for (const char kind : order) {
          rows.push_back(kind == 'S' ? 0 : static_cast<int>(rows.size()) % kRows);
          Read(scorer, kind == 'I' ? InBytes(rows.back()) : Bare(rows.back()));
        }
        scorer.Predict();
        ASSERT_EQ(scorer.size(), order.size());
        for (int r = 0; r < scorer.size(); ++r) {
          const model::Prediction alone = Alone(rows[r], max_reasons);
          EXPECT_EQ(scorer.prediction(r).output, alone.output) << order << " " << r;
          EXPECT_EQ(scorer.prediction(r).contributions, alone.contributions) << order << " " << r;
          EXPECT_EQ(scorer.row(r)[0].number, numbers_[2 * rows[r]]) << order << " " << r;
          EXPECT_EQ(scorer.row(r)[1].number, numbers_[2 * rows[r] + 1]) << order << " " << r;
        }
      }
    }
  }
}

TEST_F(RowScorerTest, ABadRowLeavesThoseBeforeIt) {
  const WantedScore wanted{0, 0, tiers_};
  RowScorer scorer(model_, wanted, memory_, kRows);
  Read(scorer, Bare(0));
  Read(scorer, Bare(1));
  v1::Subject unknown;
  *unknown.add_features() = Number("shoe_size", 42);
  const std::string bytes = unknown.SerializeAsString();
  EXPECT_FALSE(scorer
                   .Read(
                       {.num_features = 1, .features = bytes}, [] { return std::string("subject"); }, std::nullopt)
                   .ok());
  Read(scorer, Bare(2));
  scorer.Predict();
  ASSERT_EQ(scorer.size(), 3);
  for (int r = 0; r < 3; ++r) EXPECT_EQ(scorer.prediction(r).output, Alone(r, 0).output) << r;
}

}  // namespace
}  // namespace clientele::inference
