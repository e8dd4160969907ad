#include "common/base/wire_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"

namespace clientele {
namespace {

using inference::v1::Score;

TEST(WireWriterTest, WritesWhatProtobufWrites) {
  std::mt19937 random(3);
  const auto number = [&random] { return random() % 4 == 0 ? 0.0 : std::ldexp(random(), -20); };
  for (int round = 0; round < 500; ++round) {
    Score score;
    score.set_customer_id(std::string(random() % 300, 'c'));  // Lengths of one byte and of two.
    auto& probability = *score.mutable_probability();
    probability.set_probability(number());
    probability.set_positive(random() % 2 == 0);
    probability.set_baseline(-number());  // Minus zero is written, too.
    score.set_model_version(std::string(random() % 3, 'v'));
    score.mutable_standing()->set_grade(std::string(random() % 200, 'A'));

    std::string room(1000, '\0');
    WireWriter out(room.data() + room.size());
    const char* const end = out.begin();
    out.Text(Score::Standing::kGradeFieldNumber, score.standing().grade());
    out.Message(Score::kStandingFieldNumber, end);
    out.Text(Score::kModelVersionFieldNumber, score.model_version());
    const char* const standing = out.begin();
    out.Number(Score::Probability::kBaselineFieldNumber, probability.baseline());
    out.Flag(Score::Probability::kPositiveFieldNumber, probability.positive());
    out.Number(Score::Probability::kProbabilityFieldNumber, probability.probability());
    out.Message(Score::kProbabilityFieldNumber, standing);
    out.Text(Score::kCustomerIdFieldNumber, score.customer_id());
    ASSERT_EQ(std::string(out.begin(), end), score.SerializeAsString()) << round;
  }
}

TEST(WireWriterTest, ATagMayTakeTwoBytes) {
  Score score;
  score.mutable_score_override()->set_reason("a reason");
  const std::string inner = score.score_override().SerializeAsString();
  std::string room(100, '\0');
  WireWriter out(room.data() + room.size());
  const char* const end = out.begin();
  out.Text(Score::kScoreOverrideFieldNumber, inner);
  EXPECT_EQ(std::string(out.begin(), end), score.SerializeAsString());
}

}  // namespace
}  // namespace clientele
