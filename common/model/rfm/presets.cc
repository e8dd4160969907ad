#include "common/model/rfm/presets.h"

#include <string>

#include "absl/types/span.h"

namespace clientele::model {
namespace {

using v1::RfmParameters;

// A range of scores; from 0 to 0: any. `to` 0: no upper end.
struct Scores {
  double from = 0;
  double to = 0;
};
constexpr Scores kAny{};

struct Row {
  absl::string_view segment;
  absl::string_view action;  // Once a segment.
  Scores recency = {};
  Scores frequency = {};
  Scores monetary = {};
  Scores mean = {};  // Of frequency and monetary.
};

// Above the middle of recency, frequency tells how far a customer has come; below it, frequency and money together tell
// what there is to lose.
constexpr Row kClassicEleven[] = {
    {"Champions", "Reward them, show them what is new first, ask for a review", {4, 5}, {4, 5}, {4, 5}},
    {"Cannot lose them",
     "Call them in person, ask what went wrong, offer a renewal on their terms",
     {1, 2},
     {4, 5},
     {4, 5}},
    {"Loyal", "Offer what goes with what they buy, and a place in the loyalty programme", {3, 5}, {4, 5}},
    {"Potential loyalist", "Offer membership, recommend a second category", {4, 5}, {2, 3}},
    {"New customers", "Welcome them, help with the first order, lead to the second", {5, 5}, {1, 1}},
    {"Promising", "Remind them of you with a small offer for the second order", {4, 4}, {1, 1}},
    {"Need attention", "A limited offer on what they have bought before", {3, 3}, kAny, kAny, {3}},
    {"About to sleep", "Show what sells best, at a small discount, before they forget you", {3, 3}},
    {"At risk", "Write to them personally, with a good reason to come back", {1, 2}, kAny, kAny, {3}},
    {"Hibernating", "Send now and then what sells best; spend little", {2, 2}},
    {"Hibernating", "", {1, 1}, kAny, kAny, {2}},
    {"Lost", "One last attempt to win them back, then leave them alone", {1, 1}},
};

// The mean's halves are rounded up: a mean of 3 is 2.5 or 3. The eleventh group, prospects, is kNoPurchaseSegment.
constexpr Row kRecencyAndMean[] = {
    {"Champions", "Reward them, show them what is new first", {5, 5}, kAny, kAny, {3.5}},
    {"Loyal", "Offer more of what they like, and ask them to recommend you", {3, 4}, kAny, kAny, {3.5}},
    {"Active", "Recommend what goes with their last orders", {4, 5}, kAny, kAny, {1.5, 3}},
    {"New", "Welcome them, lead to the second order", {5, 5}, kAny, kAny, {1, 1}},
    {"Promising", "A small offer for the second order", {4, 4}, kAny, kAny, {1, 1}},
    {"Needs attention", "A limited offer on what they have bought before", {3, 3}, kAny, kAny, {2.5, 3}},
    {"Almost lost", "Remind them with what sells best", {3, 3}, kAny, kAny, {1, 2}},
    {"Previously loyal", "Call or write in person: they were among the best", {1, 2}, kAny, kAny, {4.5}},
    {"At risk", "Write to them personally, with a good reason to come back", {1, 2}, kAny, kAny, {2.5, 4}},
    {"Dormant", "A reminder now and then; spend little", {1, 2}, kAny, kAny, {1, 2}},
};

// The cells of PyMC-Marketing's default, as boxes.
constexpr Row kQuartileSix[] = {
    {"Premium", "Reward them, and keep them close", {3, 4}, {3, 4}, {3, 4}},
    {"Repeat customer", "Raise the order: bundles, free delivery from an amount on", {2, 2}, {3, 4}, {3, 4}},
    {"Repeat customer", "", {2, 3}, {3, 3}, {2, 2}},
    {"Repeat customer", "", {1, 1}, {4, 4}, {3, 3}},
    {"Top spender", "Give a reason to come more often", {1, 1}, {3, 4}, {3, 4}},
    {"Top spender", "", {3, 4}, {1, 2}, {3, 4}},
    {"Top spender", "", {1, 2}, {2, 2}, {4, 4}},
    {"Inactive customer", "One attempt to win them back, then spend little", kAny, {1, 1}, {1, 1}},
    {"Inactive customer", "", {1, 1}, {1, 1}},
    {"At-risk customer", "Write before they are gone, with a reason to come back", kAny, {1, 2}, {2, 2}},
    {"At-risk customer", "", {1, 2}, {2, 2}, {3, 3}},
    {"At-risk customer", "", {1, 1}, {3, 3}, {2, 2}},
    {"At-risk customer", "", {2, 2}, {1, 1}, {4, 4}},
};

// Near is the nearer three fifths of recency, high the upper two fifths of the others.
constexpr Row kValueMatrix[] = {
    {"High value", "Keep them: service in person, first choice, rewards", {3, 5}, {4, 5}, {4, 5}},
    {"Rising", "Lead to the next order while they are near", {3, 5}, {1, 3}, {3, 5}},
    {"Win back", "A strong, personal offer: they spent much", {1, 2}, {1, 3}, {4, 5}},
    {"Dormant", "A reminder now and then; spend little", {1, 2}, {1, 3}, {1, 2}},
};

constexpr absl::string_view kOtherAction = "What everybody gets";

void SetRange(const Scores& scores, RfmParameters::Range* (RfmParameters::Rule::*range)(), RfmParameters::Rule& rule) {
  if (scores.from == 0 && scores.to == 0) return;
  (rule.*range)()->set_at_least(scores.from);
  (rule.*range)()->set_at_most(scores.to);
}

RfmRules ToRules(absl::Span<const Row> rows) {
  RfmRules rules;
  for (const Row& row : rows) {
    RfmParameters::Rule& rule = *rules.Add();
    rule.set_segment(std::string(row.segment));
    rule.set_action(std::string(row.action));
    SetRange(row.recency, &RfmParameters::Rule::mutable_recency, rule);
    SetRange(row.frequency, &RfmParameters::Rule::mutable_frequency, rule);
    SetRange(row.monetary, &RfmParameters::Rule::mutable_monetary, rule);
    SetRange(row.mean, &RfmParameters::Rule::mutable_frequency_monetary, rule);
  }
  return rules;
}

}  // namespace

RfmPreset PresetOf(RfmParameters::Preset preset) {
  switch (preset) {
    case RfmParameters::PRESET_RECENCY_AND_MEAN: return {5, ToRules(kRecencyAndMean), ""};
    case RfmParameters::PRESET_QUARTILE_SIX: return {4, ToRules(kQuartileSix), kOtherAction};
    case RfmParameters::PRESET_VALUE_MATRIX: return {5, ToRules(kValueMatrix), kOtherAction};
    default: return {5, ToRules(kClassicEleven), ""};
  }
}

}  // namespace clientele::model
