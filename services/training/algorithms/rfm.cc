// RFM: scores, segments by rules, what each is worth and how that moves.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/rfm/evaluate.h"
#include "services/training/learners/rfm/parameters.h"
#include "services/training/learners/rfm/train.h"

namespace clientele::training {

using model::v1::ModelArtifact;
using model::v1::RfmModel;
using model::v1::RfmParameters;

namespace {

// The feature's index in the schema.
absl::StatusOr<int> FindFeature(const model::Schema& schema, const std::string& name) {
  for (int f = 0; f < schema.size(); ++f) {
    if (schema[f].feature().name() != name) continue;
    if (schema[f].type() == common::v1::FEATURE_TYPE_NUMBER) return f;
  }
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat("the dataset has no number column \"", name, "\""));
}

// A segment that the champion has by the same name keeps its number there; others get numbers above all of its.
void ContinueSegmentNames(const RfmModel* champion, RfmModel& model) {
  std::map<std::string, int> known;
  int highest = 0;
  if (champion != nullptr) {
    for (const auto& segment : champion->segments()) {
      known[segment.name()] = segment.identity();
      highest = std::max(highest, segment.identity());
    }
  }
  for (auto& segment : *model.mutable_segments()) {
    const auto before = known.find(segment.name());
    segment.set_identity(before != known.end() ? before->second : ++highest);
  }
}

// Where many customers share a number, quantiles coincide, and the scores between them have nobody.
void WarnOfTies(absl::string_view feature, const google::protobuf::RepeatedField<double>& cuts,
                std::vector<v1::DataIssue>& issues) {
  const auto tie = std::adjacent_find(cuts.begin(), cuts.end());
  if (tie == cuts.end()) return;
  AddModelWarning("TIED_SCORES",
                  absl::StrCat("so many customers have the same ", feature, " (", *tie, ") that a score has nobody"),
                  "that is as it should be, where the rules hold it; else give fixed cuts or another feature", issues);
}

std::optional<RfmFeatures> PreviousFeatures(const RfmParameters& parameters) {
  if (parameters.previous_recency_feature().empty()) return std::nullopt;
  return RfmFeatures{parameters.previous_recency_feature(), parameters.previous_frequency_feature(),
                     parameters.previous_monetary_feature()};
}

}  // namespace

absl::Status TrainRfm(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  const RfmParameters parameters = WithDefaults(input.spec.rfm());
  CLIENTELE_ASSIGN_OR_RETURN(const int recency, FindFeature(artifact.schema(), parameters.recency_feature()));
  CLIENTELE_ASSIGN_OR_RETURN(const int frequency, FindFeature(artifact.schema(), parameters.frequency_feature()));
  CLIENTELE_ASSIGN_OR_RETURN(const int monetary, FindFeature(artifact.schema(), parameters.monetary_feature()));
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder encoder,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  const RfmMatrixColumns columns = {encoder.first_column(recency), encoder.first_column(frequency),
                                    encoder.first_column(monetary)};
  CLIENTELE_ASSIGN_OR_RETURN(RfmModel model, FitRfm(input.matrix, columns, parameters, input.communicator));
  model.set_recency_feature(recency);
  model.set_frequency_feature(frequency);
  model.set_monetary_feature(monetary);
  const bool continues = input.champion != nullptr && input.champion->artifact().has_rfm();
  ContinueSegmentNames(continues ? &input.champion->artifact().rfm() : nullptr, model);
  WarnOfTies(parameters.recency_feature(), model.recency_cuts(), issues);
  WarnOfTies(parameters.frequency_feature(), model.frequency_cuts(), issues);
  WarnOfTies(parameters.monetary_feature(), model.monetary_cuts(), issues);
  *artifact.mutable_rfm() = std::move(model);
  return absl::OkStatus();
}

absl::Status JudgeRfm(const JudgeInput& input, ModelArtifact& artifact) {
  const RfmParameters parameters = WithDefaults(artifact.spec().rfm());
  const RfmFeatures now = {parameters.recency_feature(), parameters.frequency_feature(), parameters.monetary_feature()};
  CLIENTELE_ASSIGN_OR_RETURN(
      *artifact.mutable_evaluation()->mutable_rfm(),
      EvaluateRfm(artifact.rfm(), input.dataset, input.judging, now, PreviousFeatures(parameters)));
  return absl::OkStatus();
}

}  // namespace clientele::training
