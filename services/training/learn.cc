#include "services/training/learn.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/model/encoder.h"
#include "services/training/algorithm.h"
#include "services/training/encode.h"

namespace clientele::training {
namespace {

// Those of the shards that the rank owns.
dataset::RowSelection OwnRows(dataset::RowSelection rows, const Communicator& communicator) {
  const int first = FirstShard(communicator.rank(), communicator.size());
  const int last = FirstShard(communicator.rank() + 1, communicator.size());
  for (int s = 0; s < kShardCount; ++s) {
    if (s < first || s >= last) std::fill(rows.shards[s].begin(), rows.shards[s].end(), 0);
  }
  return rows;
}

}  // namespace

absl::Status LearnTogether(const LearnInput& input, Communicator& communicator, Journal& journal,
                           model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder rows,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  CLIENTELE_ASSIGN_OR_RETURN(const model::DatasetEncoder encoder, model::DatasetEncoder::Create(rows, input.dataset));
  const Algorithm& algorithm = *FindAlgorithm(input.spec.algorithm_case());
  const dataset::RowSelection own = OwnRows(input.training, communicator);
  TrainingMatrix matrix = EncodeRows(encoder, own, input.spec, algorithm.categories, input.threads);
  return algorithm.train({input.dataset, own, matrix, input.spec, input.threads, input.stop, input.progress,
                          input.champion, communicator, journal},
                         artifact, issues);
}

bool LearnsTogether(model::v1::TrainingSpec::AlgorithmCase algorithm) {
  return FindAlgorithm(algorithm)->learns == Learns::kTogether;
}

}  // namespace clientele::training
