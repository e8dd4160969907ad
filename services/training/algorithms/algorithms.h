// How each algorithm is trained and judged, one file each: the entries of the table in services/training/algorithm.cc.
#pragma once

#include "services/training/algorithm.h"

namespace clientele::training {

absl::Status TrainClusters(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                           std::vector<v1::DataIssue>& issues);
absl::Status JudgeClusters(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainLifetimeValueModel(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                                     std::vector<v1::DataIssue>& issues);
absl::Status JudgeLifetimeValueModel(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainClassifier(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                             std::vector<v1::DataIssue>& issues);
absl::Status JudgeClassifier(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainClasses(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                          std::vector<v1::DataIssue>& issues);
absl::Status JudgeClasses(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainSurvival(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                           std::vector<v1::DataIssue>& issues);
absl::Status JudgeSurvival(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainValue(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                        std::vector<v1::DataIssue>& issues);
absl::Status JudgeValue(const JudgeInput& input, model::v1::ModelArtifact& artifact);

absl::Status TrainRfm(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                      std::vector<v1::DataIssue>& issues);
absl::Status JudgeRfm(const JudgeInput& input, model::v1::ModelArtifact& artifact);

}  // namespace clientele::training
