#include "services/inference/scoring/score_bytes.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

v1::Score MakeScore(int index) {
  v1::Score score;
  score.set_customer_id(std::string(static_cast<size_t>(index) * 40, 'c'));  // Also longer than a length of one byte.
  score.mutable_probability()->set_probability(index / 10.0);
  return score;
}

TEST(ScoreBytesTest, AreThoseOfTheMessageInWhateverOrderTheyCome) {
  constexpr int kSubjects = 9;
  ScoreBytes bytes(kSubjects);
  for (const int i : {4, 0, 7, 2, 1, 5, 8}) bytes.Set(i, MakeScore(i));
  v1::BatchScoreResponse expected;
  for (int i = 0; i < kSubjects; ++i) {
    v1::Score& score = *expected.add_scores();
    if (i != 3 && i != 6) score = MakeScore(i);
  }
  std::string written(bytes.size(), '\0');
  EXPECT_EQ(bytes.Write(written.data()), written.data() + written.size());
  EXPECT_EQ(written, expected.SerializeAsString());
}

TEST(ScoreBytesTest, OneMessageMayServeForAllScores) {
  ScoreBytes bytes(2);
  v1::Score score = MakeScore(1);
  bytes.Set(0, score);
  score.Clear();
  bytes.Set(1, score);
  std::string written(bytes.size(), '\0');
  bytes.Write(written.data());
  v1::BatchScoreResponse read;
  ASSERT_TRUE(read.ParseFromString(written));
  ASSERT_EQ(read.scores_size(), 2);
  EXPECT_EQ(read.scores(0).probability().probability(), 0.1);
  EXPECT_FALSE(read.scores(1).has_probability());
}

}  // namespace
}  // namespace clientele::inference
