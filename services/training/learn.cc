#include "services/training/learn.h"

#include "common/base/status_macros.h"
#include "common/model/encoder.h"
#include "services/training/algorithm.h"
#include "services/training/encode.h"

namespace clientele::training {
absl::Status LearnTogether(const LearnInput& input, Communicator& communicator, Journal& journal,
                           model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder rows,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  CLIENTELE_ASSIGN_OR_RETURN(const model::DatasetEncoder encoder, model::DatasetEncoder::Create(rows, input.dataset));
  const Algorithm& algorithm = *FindAlgorithm(input.spec.algorithm_case());
  TrainingMatrix matrix = EncodeRows(encoder, input.training, input.spec, algorithm.categories, input.threads);
  return algorithm.train({input.dataset, input.training, matrix, input.spec, input.threads, input.stop, input.progress,
                          input.champion, communicator, journal},
                         artifact, issues);
}

bool LearnsTogether(model::v1::TrainingSpec::AlgorithmCase algorithm) {
  const Algorithm* const found = FindAlgorithm(algorithm);
  return found != nullptr && found->learns == Learns::kTogether;
}

absl::Status LoneTeam::Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                             std::vector<v1::DataIssue>& issues) {
  Journal journal;
  return LearnTogether(input, ranks_, journal, artifact, issues);
}

}  // namespace clientele::training
