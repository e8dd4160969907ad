#include "common/model/rfm/rules.h"

#include <algorithm>

namespace clientele::model {
namespace {

using v1::RfmModel;
using v1::RfmParameters;

bool Lies(double score, bool asked, const RfmParameters::Range& range) {
  return !asked || (score >= range.at_least() && (range.at_most() == 0 || score <= range.at_most()));
}

}  // namespace

bool Holds(const RfmParameters::Rule& rule, const RfmScores& scores) {
  const double mean = (scores.frequency + scores.monetary) / 2.0;
  return Lies(scores.recency, rule.has_recency(), rule.recency()) &&
         Lies(scores.frequency, rule.has_frequency(), rule.frequency()) &&
         Lies(scores.monetary, rule.has_monetary(), rule.monetary()) &&
         Lies(mean, rule.has_frequency_monetary(), rule.frequency_monetary());
}

RfmSegmentList SegmentsOf(const RfmRules& rules, const std::string& other, absl::string_view other_action) {
  RfmSegmentList segments;
  for (const RfmParameters::Rule& rule : rules) {
    const auto known = std::find_if(segments.begin(), segments.end(),
                                    [&](const RfmModel::Segment& one) { return one.name() == rule.segment(); });
    RfmModel::Segment& segment = known != segments.end() ? *known : *segments.Add();
    segment.set_name(rule.segment());
    if (segment.action().empty()) segment.set_action(rule.action());
  }
  segments.Add()->set_name(other);
  segments[segments.size() - 1].set_action(std::string(other_action));
  return segments;
}

}  // namespace clientele::model
