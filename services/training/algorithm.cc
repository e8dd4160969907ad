#include "services/training/algorithm.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "common/model/preprocessing.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/evaluation/classifier.h"
#include "services/training/evaluation/cluster_profiles.h"
#include "services/training/evaluation/value.h"
#include "services/training/learners/kmeans/train.h"
#include "services/training/learners/logistic_regression/train.h"
#include "services/training/learners/value_regression/train.h"

namespace clientele::training {
namespace {

using model::v1::ModelArtifact;
using model::v1::TrainingSpec;

absl::Status TrainClusters(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>&) {
  LocalCommunicator local;
  CLIENTELE_ASSIGN_OR_RETURN(KMeansResult result, TrainKMeans(input.matrix, input.spec.kmeans(), input.spec.seed(), local,
                                                              input.threads, input.stop, input.progress));
  auto& clusters = *artifact.mutable_evaluation()->mutable_clusters();
  clusters.set_inertia(result.inertia);
  clusters.set_explained_share(result.inertia_of_one == 0 ? 0 : 1 - result.inertia / result.inertia_of_one);
  clusters.set_silhouette(result.silhouette);
  clusters.set_davies_bouldin(result.davies_bouldin);
  clusters.set_iterations(result.iterations);
  for (auto& choice : result.choices) *clusters.add_choices() = std::move(choice);
  *artifact.mutable_kmeans() = std::move(result.model);
  return absl::OkStatus();
}

// Profiles of the training rows, as the predictor assigns them.
absl::Status JudgeClusters(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictions,
                             model::PredictRows(input.predictor, input.dataset, input.training, input.threads));
  RowClusters clusters(kShardCount);
  for (int s = 0; s < kShardCount; ++s) {
    clusters[s].assign(input.dataset.shards[s].rows, -1);
    size_t next = 0;
    for (int64_t i = 0; i < input.dataset.shards[s].rows; ++i) {
      if (input.training.Has(s, i)) clusters[s][i] = predictions[s][next++].cluster;
    }
  }
  const auto profiles = ProfileClusters(input.dataset, model::InputColumns(input.dataset), clusters,
                                        artifact.kmeans().num_clusters());
  auto& evaluation = *artifact.mutable_evaluation()->mutable_clusters();
  for (size_t c = 0; c < profiles.size(); ++c) {
    artifact.mutable_kmeans()->mutable_clusters(static_cast<int>(c))->set_name(profiles[c].name());
    *evaluation.add_profiles() = profiles[c];
  }
  return absl::OkStatus();
}

void AddIssue(absl::string_view code, std::string message, absl::string_view recommendation,
              std::vector<v1::DataIssue>& issues) {
  v1::DataIssue& issue = issues.emplace_back();
  issue.set_severity(v1::DataIssue::SEVERITY_WARNING);
  issue.set_code(std::string(code));
  issue.set_subject("model");
  issue.set_message(std::move(message));
  issue.set_recommendation(std::string(recommendation));
}

absl::Status TrainClassifier(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  LocalCommunicator local;
  const auto& parameters = input.spec.logistic_regression();
  CLIENTELE_ASSIGN_OR_RETURN(*artifact.mutable_logistic_regression(),
                             TrainLogisticRegression(input.matrix, parameters, input.spec.seed(), local, input.threads,
                                                     input.stop, input.progress));
  const auto& trained = artifact.logistic_regression();
  if (trained.separable()) {
    AddIssue("CLASSES_SEPARABLE", "the features separate the two classes of the training rows perfectly",
             "look whether a feature gives the label away, or whether there are too few rows for so many features", issues);
  }
  const double tolerance = parameters.gradient_tolerance() == 0 ? 1e-9 : parameters.gradient_tolerance();
  const int most = parameters.max_iterations() == 0 ? 100 : parameters.max_iterations();
  if (trained.gradient_norm() > tolerance && trained.iterations() >= most) {
    AddIssue("NOT_CONVERGED", absl::StrCat("after ", trained.iterations(), " iterations the gradient is still ",
                                           trained.gradient_norm(), ", above ", tolerance),
             "raise max_iterations", issues);
  }
  return absl::OkStatus();
}

absl::Status TrainValue(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>&) {
  LocalCommunicator local;
  CLIENTELE_ASSIGN_OR_RETURN(*artifact.mutable_value_regression(),
                             TrainValueRegression(input.matrix, input.spec.value_regression(), input.spec.seed(), local,
                                                  input.threads, input.stop, input.progress));
  return absl::OkStatus();
}

struct Scored {
  std::vector<double> scores;
  std::vector<double> labels;
};

absl::StatusOr<Scored> ScoreRows(const JudgeInput& input) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictions,
                             model::PredictRows(input.predictor, input.dataset, input.judging, input.threads));
  Scored scored;
  for (int s = 0; s < kShardCount; ++s) {
    for (const model::Prediction& prediction : predictions[s]) scored.scores.push_back(prediction.output);
    for (int64_t i = 0; i < input.dataset.shards[s].rows; ++i) {
      if (input.judging.Has(s, i)) scored.labels.push_back(input.dataset.shards[s].labels[i]);
    }
  }
  return scored;
}

double TrainingMean(const JudgeInput& input) {
  double sum = 0;
  for (int s = 0; s < kShardCount; ++s) {
    double shard_sum = 0;
    for (int64_t i = 0; i < input.dataset.shards[s].rows; ++i) {
      if (input.training.Has(s, i)) shard_sum += input.dataset.shards[s].labels[i];
    }
    sum += shard_sum;
  }
  return sum / static_cast<double>(input.training.count());
}

absl::Status JudgeClassifier(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const Scored scored, ScoreRows(input));
  *artifact.mutable_evaluation()->mutable_classifier() = EvaluateClassifier(
      scored.scores, scored.labels, artifact.logistic_regression().threshold(), TrainingMean(input));
  return absl::OkStatus();
}

absl::Status JudgeValue(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const Scored scored, ScoreRows(input));
  *artifact.mutable_evaluation()->mutable_value() = EvaluateValues(scored.scores, scored.labels, TrainingMean(input));
  return absl::OkStatus();
}

constexpr Algorithm kAlgorithms[] = {
    {TrainingSpec::kKmeans, "kmeans", TrainClusters, JudgeClusters},
    {TrainingSpec::kLogisticRegression, "logistic_regression", TrainClassifier, JudgeClassifier},
    {TrainingSpec::kValueRegression, "value_regression", TrainValue, JudgeValue},
};

}  // namespace

absl::Span<const Algorithm> Algorithms() { return kAlgorithms; }

const Algorithm* FindAlgorithm(TrainingSpec::AlgorithmCase algorithm) {
  for (const Algorithm& candidate : kAlgorithms) {
    if (candidate.algorithm == algorithm) return &candidate;
  }
  return nullptr;
}

}  // namespace clientele::training
