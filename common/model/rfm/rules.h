// Segments as rules over scores: the first that holds names the segment; where none does, it is the other one.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/rfm.pb.h"
#include "common/model/rfm/scores.h"

namespace clientele::model {

using RfmRules = google::protobuf::RepeatedPtrField<clientele::model::v1::RfmParameters::Rule>;
using RfmSegmentList = google::protobuf::RepeatedPtrField<clientele::model::v1::RfmModel::Segment>;

// Customers without a purchase have no scores, and are in no segment of the model's.
inline constexpr absl::string_view kNoPurchaseSegment = "No purchase yet";
inline constexpr absl::string_view kNoPurchaseAction = "Invite to a first purchase";

// Whether every range that the rule gives holds.
bool Holds(const clientele::model::v1::RfmParameters::Rule& rule, const RfmScores& scores);

// One a name, in the order of their first rules, with the first action that is given; `other` last. Names and actions
// alone.
RfmSegmentList SegmentsOf(const RfmRules& rules, const std::string& other, absl::string_view other_action);

}  // namespace clientele::model
