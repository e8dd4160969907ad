// Scores, rules and presets.
#include "common/model/rfm/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/model/rfm/presets.h"
#include "common/model/rfm/scorer.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::RfmModel;
using v1::RfmParameters;

// Cut points 1.5, 2.5, ... so that the value i has the score i, and of recency levels + 1 - i.
RfmModel ModelOf(RfmParameters::Preset preset) {
  const RfmPreset rules = PresetOf(preset);
  RfmModel model;
  for (int i = 1; i < rules.levels; ++i) {
    model.add_recency_cuts(i + 0.5);
    model.add_frequency_cuts(i + 0.5);
    model.add_monetary_cuts(i + 0.5);
  }
  *model.mutable_rules() = rules.rules;
  *model.mutable_segments() = SegmentsOf(rules.rules, "Other", rules.other_action);
  return model;
}

TEST(RfmScoresTest, CountTheCutsStrictlyBelow) {
  const RfmCuts cuts = {{10, 20, 30, 40}, {1, 1, 2, 4}, {0}};
  EXPECT_EQ(ScoreOf(cuts, {10, 1, 0}), (RfmScores{5, 1, 1}));
  EXPECT_EQ(ScoreOf(cuts, {10.5, 2, 0.1}), (RfmScores{4, 3, 2}));  // No value has the frequency score 2.
  EXPECT_EQ(ScoreOf(cuts, {40, 4, -5}), (RfmScores{2, 4, 1}));
  EXPECT_EQ(ScoreOf(cuts, {41, 5, 1e30}), (RfmScores{1, 5, 2}));
}

TEST(RfmScoresTest, WithoutAPurchaseThereAreNone) {
  const RfmCuts cuts = {{10}, {1}, {0}};
  EXPECT_EQ(ScoreOf(cuts, {kMissingRaw, 0, 0}), RfmScores());
  EXPECT_EQ(ScoreOf(cuts, {3, 1, kMissingRaw}), RfmScores());
  EXPECT_FALSE(ScoreOf(cuts, {}).any());
}

TEST(RfmRulesTest, EveryRangeThatIsGivenMustHold) {
  RfmParameters::Rule rule;
  EXPECT_TRUE(Holds(rule, {1, 1, 1}));
  rule.mutable_recency()->set_at_least(2);
  rule.mutable_recency()->set_at_most(3);
  rule.mutable_frequency_monetary()->set_at_least(2.5);
  EXPECT_TRUE(Holds(rule, {2, 1, 4}));
  EXPECT_TRUE(Holds(rule, {3, 3, 2}));
  EXPECT_FALSE(Holds(rule, {4, 3, 2}));
  EXPECT_FALSE(Holds(rule, {1, 3, 2}));
  EXPECT_FALSE(Holds(rule, {2, 2, 2}));
}

TEST(RfmRulesTest, SegmentsAreInTheOrderOfTheirFirstRules) {
  RfmRules rules;
  for (const char* name : {"b", "a", "b"}) rules.Add()->set_segment(name);
  rules[2].set_action("call");
  const RfmSegmentList segments = SegmentsOf(rules, "rest", "wait");
  ASSERT_EQ(segments.size(), 3);
  EXPECT_EQ(segments[0].name(), "b");
  EXPECT_EQ(segments[0].action(), "call");
  EXPECT_EQ(segments[1].name(), "a");
  EXPECT_EQ(segments[2].name(), "rest");
  EXPECT_EQ(segments[2].action(), "wait");
}

TEST(RfmScorerTest, TheFirstRuleThatHoldsNamesTheSegment) {
  RfmModel model;
  for (auto* cuts : {model.mutable_recency_cuts(), model.mutable_frequency_cuts(), model.mutable_monetary_cuts()}) {
    cuts->Add(1.5);
  }
  auto* near = model.add_rules();
  near->set_segment("near");
  near->mutable_recency()->set_at_least(2);
  auto* often = model.add_rules();
  often->set_segment("often");
  often->mutable_frequency()->set_at_least(2);
  *model.mutable_segments() = SegmentsOf(model.rules(), "Other", "");
  ASSERT_OK_AND_ASSIGN(const RfmScorer scorer, RfmScorer::Create(model));
  EXPECT_EQ(scorer.SegmentOf({2, 2, 1}), 0);
  EXPECT_EQ(scorer.SegmentOf({1, 2, 1}), 1);
  EXPECT_EQ(scorer.SegmentOf({1, 1, 2}), 2);
  EXPECT_EQ(scorer.SegmentOf({}), 3);
  EXPECT_EQ(LabelOf(model, 2).name, "Other");
  EXPECT_EQ(LabelOf(model, 3).name, "No purchase yet");
  for (int cell = 0; cell < scorer.num_cells(); ++cell) EXPECT_EQ(scorer.CellOf(scorer.ScoresOf(cell)), cell);
}

TEST(RfmScorerTest, RefusesWhatIsNoModel) {
  const auto refused = [](auto change) {
    RfmModel model = ModelOf(RfmParameters::PRESET_CLASSIC_ELEVEN);
    change(model);
    return std::string(RfmScorer::Create(model).status().message());
  };
  EXPECT_THAT(refused([](RfmModel& m) { m.clear_recency_cuts(); }), HasSubstr("recency_cuts has 0"));
  EXPECT_THAT(refused([](RfmModel& m) { m.set_monetary_cuts(1, 0); }), HasSubstr("monetary_cuts falls"));
  EXPECT_THAT(refused([](RfmModel& m) { m.set_frequency_cuts(0, NAN); }), HasSubstr("frequency_cuts holds"));
  EXPECT_THAT(refused([](RfmModel& m) { m.mutable_rules(3)->set_segment("?"); }), HasSubstr("no segment \"?\""));
  EXPECT_THAT(refused([](RfmModel& m) { m.mutable_segments(1)->set_name("Champions"); }), HasSubstr("comes twice"));
  EXPECT_THAT(refused([](RfmModel& m) { m.clear_segments(); }), HasSubstr("0 segments"));
  EXPECT_THAT(refused([](RfmModel& m) {
                for (int i = 0; i < 10; ++i) m.add_frequency_cuts(100 + i);
              }),
              HasSubstr("14 cut points"));
}

// How many of a preset's cells each segment has.
std::map<std::string, int> CellsOf(RfmParameters::Preset preset) {
  const RfmModel model = ModelOf(preset);
  const auto scorer = RfmScorer::Create(model);
  EXPECT_OK(scorer);
  std::map<std::string, int> cells;
  for (int cell = 0; cell < scorer->num_cells(); ++cell) {
    ++cells[std::string(LabelOf(model, scorer->SegmentOf(scorer->ScoresOf(cell))).name)];
  }
  return cells;
}

TEST(RfmPresetsTest, TheClassicElevenLeaveNoCellOut) {
  const auto cells = CellsOf(RfmParameters::PRESET_CLASSIC_ELEVEN);
  EXPECT_EQ(cells, (std::map<std::string, int>{{"Champions", 8},
                                               {"Loyal", 22},
                                               {"Potential loyalist", 20},
                                               {"New customers", 5},
                                               {"Promising", 5},
                                               {"Need attention", 6},
                                               {"About to sleep", 9},
                                               {"At risk", 22},
                                               {"Cannot lose them", 8},
                                               {"Hibernating", 17},
                                               {"Lost", 3}}));
}

TEST(RfmPresetsTest, RecencyAndMeanLeavesNoCellOut) {
  const auto cells = CellsOf(RfmParameters::PRESET_RECENCY_AND_MEAN);
  EXPECT_EQ(cells.size(), 10u);  // The eleventh are those without a purchase.
  EXPECT_EQ(cells.count("Other"), 0u);
  // Only recency and the mean matter.
  const RfmModel model = ModelOf(RfmParameters::PRESET_RECENCY_AND_MEAN);
  ASSERT_OK_AND_ASSIGN(const RfmScorer scorer, RfmScorer::Create(model));
  for (int cell = 0; cell < scorer.num_cells(); ++cell) {
    const RfmScores scores = scorer.ScoresOf(cell);
    EXPECT_EQ(scorer.SegmentOf(scores), scorer.SegmentOf({scores.recency, scores.monetary, scores.frequency}));
  }
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({5, 5, 2})).name, "Champions");  // 3.5 is 4.
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({5, 1, 1})).name, "New");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({1, 5, 4})).name, "Previously loyal");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({2, 4, 4})).name, "At risk");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({2, 2, 2})).name, "Dormant");
}

// Of the published default, a letter a cell: Premium, Repeat, Top spender, At risk, Inactive, Other. Lines by
// frequency, four monetary scores each.
TEST(RfmPresetsTest, QuartileSixHasTheCellsOfThePublishedDefault) {
  const std::map<int, std::string> published = {{4,
                                                 "IATT"
                                                 "OATT"
                                                 "OOPP"
                                                 "OOPP"},
                                                {3,
                                                 "IATT"
                                                 "OATT"
                                                 "ORPP"
                                                 "OOPP"},
                                                {2,
                                                 "IAOA"
                                                 "OAAT"
                                                 "ORRR"
                                                 "OORR"},
                                                {1,
                                                 "IIII"
                                                 "OAAT"
                                                 "OATT"
                                                 "OORT"}};
  const RfmModel model = ModelOf(RfmParameters::PRESET_QUARTILE_SIX);
  ASSERT_OK_AND_ASSIGN(const RfmScorer scorer, RfmScorer::Create(model));
  for (const auto& [recency, letters] : published) {
    for (int i = 0; i < 16; ++i) {
      const RfmScores scores = {recency, 1 + i / 4, 1 + i % 4};
      EXPECT_EQ(LabelOf(model, scorer.SegmentOf(scores)).name[0], letters[i])
          << recency << scores.frequency << scores.monetary;
    }
  }
}

TEST(RfmPresetsTest, TheValueMatrixHasFourCornersAndTheRest) {
  const RfmModel model = ModelOf(RfmParameters::PRESET_VALUE_MATRIX);
  ASSERT_OK_AND_ASSIGN(const RfmScorer scorer, RfmScorer::Create(model));
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({5, 5, 5})).name, "High value");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({1, 1, 5})).name, "Win back");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({5, 1, 3})).name, "Rising");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({1, 1, 1})).name, "Dormant");
  EXPECT_EQ(LabelOf(model, scorer.SegmentOf({1, 5, 5})).name, "Other");
  EXPECT_EQ(CellsOf(RfmParameters::PRESET_VALUE_MATRIX).size(), 5u);
}

TEST(RfmPresetsTest, EverySegmentSaysWhatToDo) {
  for (int preset = 1; preset < RfmParameters::Preset_ARRAYSIZE; ++preset) {
    const RfmModel model = ModelOf(static_cast<RfmParameters::Preset>(preset));
    const auto cells = CellsOf(static_cast<RfmParameters::Preset>(preset));
    std::set<std::string> actions;
    for (const auto& segment : model.segments()) {
      if (cells.count(segment.name()) == 0) continue;  // Nobody can be in it.
      EXPECT_FALSE(segment.action().empty()) << segment.name();
      actions.insert(segment.action());
    }
    EXPECT_GT(actions.size(), 3u);
  }
}

}  // namespace
}  // namespace clientele::model
