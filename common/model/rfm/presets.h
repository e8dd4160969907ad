// Rule sets that are ready to use, as data; the table is in presets.cc.
//
// The eleven segments and their names are common property of the trade, and no two who use them draw the same borders.
// Ours leave no cell out and none to two segments.
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/model/v1/rfm.pb.h"
#include "common/model/rfm/rules.h"

namespace clientele::model {

struct RfmPreset {
  int levels = 0;  // The highest of its scores.
  RfmRules rules;
  absl::string_view other_action;  // Empty: the rules leave nobody out.
};

// CLASSIC_ELEVEN where the preset is not one of the list.
RfmPreset PresetOf(clientele::model::v1::RfmParameters::Preset preset);

}  // namespace clientele::model
