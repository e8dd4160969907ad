#include "services/training/learners/rfm/parameters.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/rfm/presets.h"
#include "common/model/rfm/rules.h"

namespace clientele::training {
namespace {

using common::v1::DatasetSpec;
using model::v1::RfmParameters;
using Cuts = google::protobuf::RepeatedField<double>;
using Names = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kMostRules = 200;
constexpr size_t kMostNameBytes = 128, kMostActionBytes = 1024;
constexpr double kLargestCut = 1e15;

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::Status CheckFeatures(const RfmParameters& parameters, const DatasetSpec& dataset, const std::string& field) {
  std::set<std::string> seen;
  const std::pair<absl::string_view, const std::string&> features[] = {
      {"recency_feature", parameters.recency_feature()},
      {"frequency_feature", parameters.frequency_feature()},
      {"monetary_feature", parameters.monetary_feature()}};
  for (const auto& [name, feature] : features) {
    const std::string here = absl::StrCat(field, ".", name);
    if (!Has(dataset.features(), feature)) {
      return InvalidField(here,
                          absl::StrCat("\"", feature, "\" is not in dataset.features; add it, or name another one"));
    }
    if (!seen.insert(feature).second) return InvalidField(here, absl::StrCat("\"", feature, "\" comes twice"));
  }
  return absl::OkStatus();
}

absl::Status CheckPreviousFeatures(const RfmParameters& parameters, const DatasetSpec& dataset,
                                   const std::string& field) {
  const std::pair<absl::string_view, const std::string&> features[] = {
      {"previous_recency_feature", parameters.previous_recency_feature()},
      {"previous_frequency_feature", parameters.previous_frequency_feature()},
      {"previous_monetary_feature", parameters.previous_monetary_feature()}};
  const bool any =
      std::any_of(std::begin(features), std::end(features), [](const auto& one) { return !one.second.empty(); });
  if (!any) return absl::OkStatus();
  for (const auto& [name, feature] : features) {
    const std::string here = absl::StrCat(field, ".", name);
    if (feature.empty())
      return InvalidField(here, "is missing; the three previous numbers are given together or not at all");
    if (Has(dataset.features(), feature) || Has(dataset.auxiliary_features(), feature)) continue;
    return InvalidField(here, absl::StrCat("\"", feature, "\" is not in dataset.auxiliary_features; add it"));
  }
  return absl::OkStatus();
}

absl::Status CheckCuts(const Cuts& cuts, bool fixed, const std::string& field) {
  if (!fixed) {
    if (cuts.empty()) return absl::OkStatus();
    return InvalidField(field, "is for scoring SCORING_FIXED_CUTS; leave it out or use that");
  }
  if (cuts.empty() || cuts.size() > model::kMostRfmCuts) {
    return InvalidField(
        field, absl::StrCat("has ", cuts.size(), " numbers; SCORING_FIXED_CUTS takes 1 to ", model::kMostRfmCuts));
  }
  for (int i = 0; i < cuts.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    if (!(std::abs(cuts[i]) <= kLargestCut)) return InvalidField(here, absl::StrCat(cuts[i], " is no number of use"));
    if (i > 0 && cuts[i] <= cuts[i - 1]) {
      return InvalidField(here, absl::StrCat(cuts[i], " is not above the ", cuts[i - 1], " before it"));
    }
  }
  return absl::OkStatus();
}

// The highest scores.
struct Levels {
  int recency = 0;
  int frequency = 0;
  int monetary = 0;

  bool all(int levels) const { return recency == levels && frequency == levels && monetary == levels; }
};

Levels LevelsOf(const RfmParameters& parameters) {
  switch (parameters.scoring()) {
    case RfmParameters::SCORING_QUARTILES: return {4, 4, 4};
    case RfmParameters::SCORING_FIXED_CUTS:
      return {parameters.recency_cuts_size() + 1, parameters.frequency_cuts_size() + 1,
              parameters.monetary_cuts_size() + 1};
    default: return {5, 5, 5};
  }
}

absl::Status CheckScoring(const RfmParameters& parameters, const std::string& field) {
  if (!RfmParameters::Scoring_IsValid(parameters.scoring())) {
    return InvalidField(field + ".scoring", "is not SCORING_QUINTILES, SCORING_QUARTILES or SCORING_FIXED_CUTS");
  }
  const bool fixed = parameters.scoring() == RfmParameters::SCORING_FIXED_CUTS;
  CLIENTELE_RETURN_IF_ERROR(CheckCuts(parameters.recency_cuts(), fixed, field + ".recency_cuts"));
  CLIENTELE_RETURN_IF_ERROR(CheckCuts(parameters.frequency_cuts(), fixed, field + ".frequency_cuts"));
  return CheckCuts(parameters.monetary_cuts(), fixed, field + ".monetary_cuts");
}

absl::Status CheckRange(const RfmParameters::Range& range, int levels, const std::string& field) {
  if (!(range.at_least() >= 0 && range.at_least() <= levels)) {
    return InvalidField(field + ".at_least", absl::StrCat(range.at_least(), " is not in [0, ", levels, "]"));
  }
  if (range.at_most() == 0 || (range.at_most() >= range.at_least() && range.at_most() >= 1)) return absl::OkStatus();
  return InvalidField(field + ".at_most", absl::StrCat(range.at_most(), " is below at_least, or 1; 0 is no upper end"));
}

absl::Status CheckRule(const RfmParameters::Rule& rule, const std::string& other, const Levels& levels,
                       const std::string& field) {
  if (rule.segment().empty()) return InvalidField(field + ".segment", "is empty; give what its customers are called");
  if (rule.segment().size() > kMostNameBytes) return InvalidField(field + ".segment", "is longer than 128 bytes");
  if (rule.segment() == model::kNoPurchaseSegment) {
    return InvalidField(field + ".segment", "is what customers without a purchase are called; give another name");
  }
  if (rule.segment() == other) {
    return InvalidField(field + ".segment",
                        absl::StrCat("\"", other,
                                     "\" is the segment of those whom no rule takes; name that "
                                     "another way in other_segment, or end with a rule without ranges"));
  }
  if (rule.action().size() > kMostActionBytes) return InvalidField(field + ".action", "is longer than 1024 bytes");
  CLIENTELE_RETURN_IF_ERROR(CheckRange(rule.recency(), levels.recency, field + ".recency"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(rule.frequency(), levels.frequency, field + ".frequency"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(rule.monetary(), levels.monetary, field + ".monetary"));
  return CheckRange(rule.frequency_monetary(), std::max(levels.frequency, levels.monetary),
                    field + ".frequency_monetary");
}

absl::Status CheckRules(const RfmParameters& given, const RfmParameters& parameters, const std::string& field) {
  const Levels levels = LevelsOf(parameters);
  if (parameters.other_segment().size() > kMostNameBytes) {
    return InvalidField(field + ".other_segment", "is longer than 128 bytes");
  }
  if (parameters.other_segment() == model::kNoPurchaseSegment) {
    return InvalidField(field + ".other_segment", "is what customers without a purchase are called; give another name");
  }
  if (!RfmParameters::Preset_IsValid(given.preset()))
    return InvalidField(field + ".preset", "is not one of the presets");
  if (given.rules().empty()) {
    const int needed = model::PresetOf(given.preset()).levels;
    if (levels.all(needed)) return absl::OkStatus();
    return InvalidField(field + ".scoring",
                        absl::StrCat("does not give scores from 1 to ", needed,
                                     ", which the preset's rules are about; give rules of your own"));
  }
  if (given.preset() != RfmParameters::PRESET_UNSPECIFIED) {
    return InvalidField(field + ".preset", "is given beside rules; leave one of them out");
  }
  if (given.rules_size() > kMostRules) {
    return InvalidField(field + ".rules", absl::StrCat(given.rules_size(), " rules are more than ", kMostRules));
  }
  for (int i = 0; i < given.rules_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(
        CheckRule(given.rules(i), parameters.other_segment(), levels, absl::StrCat(field, ".rules[", i, "]")));
  }
  return absl::OkStatus();
}

void SetDefault(const char* value, std::string* field) {
  if (field->empty()) *field = value;
}

}  // namespace

absl::Status ValidateRfm(const RfmParameters& given, const DatasetSpec& dataset, absl::string_view field_name) {
  const std::string field(field_name);
  const RfmParameters parameters = WithDefaults(given);
  CLIENTELE_RETURN_IF_ERROR(CheckFeatures(parameters, dataset, field));
  CLIENTELE_RETURN_IF_ERROR(CheckPreviousFeatures(parameters, dataset, field));
  CLIENTELE_RETURN_IF_ERROR(CheckScoring(parameters, field));
  return CheckRules(given, parameters, field);
}

RfmParameters WithDefaults(RfmParameters parameters) {
  SetDefault("recency_days", parameters.mutable_recency_feature());
  SetDefault("purchases", parameters.mutable_frequency_feature());
  SetDefault("spend_total", parameters.mutable_monetary_feature());
  SetDefault("Other", parameters.mutable_other_segment());
  const bool of_preset = parameters.rules().empty();
  if (of_preset && parameters.preset() == RfmParameters::PRESET_UNSPECIFIED) {
    parameters.set_preset(RfmParameters::PRESET_CLASSIC_ELEVEN);
  }
  const model::RfmPreset preset = model::PresetOf(parameters.preset());
  if (parameters.scoring() == RfmParameters::SCORING_UNSPECIFIED) {
    const bool quartiles = of_preset && preset.levels == 4;
    parameters.set_scoring(quartiles ? RfmParameters::SCORING_QUARTILES : RfmParameters::SCORING_QUINTILES);
  }
  if (of_preset) *parameters.mutable_rules() = preset.rules;
  return parameters;
}

}  // namespace clientele::training
