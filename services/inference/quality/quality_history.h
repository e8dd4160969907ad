// How good a model was quarter by quarter, and whether that is what was asked: from its versions' records, the journal
// of its champion, and what became of those who were scored. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/quality_service.pb.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/storage/version_store.h"
#include "services/inference/quality/quarters.h"

namespace clientele::inference {

// What is known of a model.
struct QualityFacts {
  std::map<int64_t, v1::ModelVersion> versions;     // By number; those that were deleted as well.
  std::vector<storage::AliasRevision> champion;     // The alias's journal, from its first revision on.
  std::vector<Quarter> quarters;                    // Newest first.
  std::vector<v1::OutcomeReport> outcomes;          // One a quarter, of its scores; or none.
  absl::Time now;
};

// With what is not set set to its default, by the newest version's kind. INVALID_ARGUMENT about target.metric: none of
// the versions has it; about target.level or target.gain: no number.
absl::StatusOr<v1::QualityTarget> CompleteTarget(const v1::QualityTarget& asked,
                                                 const std::map<int64_t, v1::ModelVersion>& versions);

// A card's metric of an evaluation; nothing where it has none of that name.
std::optional<v1::QualityMeasure> MeasureOf(const clientele::model::v1::Evaluation& evaluation,
                                            absl::string_view metric);

// Of the scores of versions in `champions`: accuracy over all of them, other measures of the version and arm that most
// were scored by. Nothing: outcomes do not tell the metric.
std::optional<v1::QualityMeasure> RealisedMeasure(const v1::OutcomeReport& report, absl::string_view metric,
                                                  const std::vector<std::string>& champions);

// `target` is complete. Without name and time zone.
v1::QualityHistory MakeQualityHistory(const QualityFacts& facts, const v1::QualityTarget& target);

}  // namespace clientele::inference
