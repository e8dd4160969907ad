// Survival on the judging rows: how well risks order them, and whether probabilities are right.
#include <algorithm>

#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "common/model/survival/predictor.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/survival_curves.h"
#include "services/training/encode.h"
#include "services/training/learners/survival/concordance.h"
#include "services/training/survival_columns.h"

namespace clientele::training {
namespace {

using model::v1::ModelArtifact;
using model::v1::SurvivalEvaluation;

// Which row of the table each shard's rows begin with. [shards]
std::vector<int64_t> FirstRows(const dataset::RowSelection& rows) {
  std::vector<int64_t> first(kShardCount, 0);
  for (int s = 1; s < kShardCount; ++s) {
    const auto& before = rows.shards[s - 1];
    first[s] = first[s - 1] + std::count_if(before.begin(), before.end(), [](auto selected) { return selected != 0; });
  }
  return first;
}

// The mean survival from the start at each horizon, over the selected rows, which are the table's. Sums in row order of
// a shard, then over shards.
absl::StatusOr<std::vector<double>> MeanSurvival(const JudgeInput& input, const dataset::RowSelection& rows,
                                                 const SurvivalTable& table) {
  // The artifact's model decides which predictor there is.
  const auto& predictor = static_cast<const model::SurvivalPredictor&>(input.predictor);
  const auto& model = predictor.artifact().survival();
  const std::vector<double> horizons(model.horizons().begin(), model.horizons().end());
  CLIENTELE_ASSIGN_OR_RETURN(const auto encoder, model::DatasetEncoder::Create(predictor.encoder(), input.dataset));
  const std::vector<int64_t> first = FirstRows(rows);
  std::vector<std::vector<double>> sums(kShardCount, std::vector<double>(horizons.size() + 1, 0));  // Then of weights.
#pragma omp parallel for num_threads(input.threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    std::vector<double> columns(predictor.encoder().num_columns());
    int64_t i = first[s];
    for (int64_t row = 0; row < input.dataset.shards[s].rows; ++row) {
      if (!rows.Has(s, row)) continue;
      encoder.EncodeRow(s, row, columns.data());
      const std::vector<double> survival = predictor.SurvivalFromStart(columns, horizons);
      const double weight = table.rows().weight(i++);
      for (size_t h = 0; h < horizons.size(); ++h) sums[s][h] += weight * survival[h];
      sums[s].back() += weight;
    }
  }
  std::vector<double> means(horizons.size() + 1, 0);
  for (const std::vector<double>& sum : sums) {
    for (size_t h = 0; h < means.size(); ++h) means[h] += sum[h];
  }
  const double weight = means.back();
  means.pop_back();
  for (double& mean : means) mean /= weight;
  return means;
}

absl::Status AddCalibration(const JudgeInput& input, const dataset::RowSelection& rows, const SurvivalTable& table,
                            SurvivalEvaluation& evaluation) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> predicted, MeanSurvival(input, rows, table));
  const survival::KaplanMeier observed = survival::FitKaplanMeier(table.rows());
  if (observed.times.empty()) return absl::OkStatus();
  const auto& horizons = input.predictor.artifact().survival().horizons();
  for (int h = 0; h < horizons.size(); ++h) {
    if (horizons[h] > observed.times.back()) break;  // Nobody was seen for so long.
    auto& one = *evaluation.add_calibration();
    one.set_horizon(horizons[h]);
    one.set_predicted(predicted[h]);
    one.set_observed(observed.At(horizons[h]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status JudgeSurvival(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const SurvivalColumns columns,
                             SurvivalColumns::Of(input.dataset, artifact.spec().survival()));
  dataset::RowSelection rows = input.judging;
  CLIENTELE_RETURN_IF_ERROR(DropUnusableRows(input.dataset, artifact.spec(), rows));
  const SurvivalTable table = columns.Read(rows, artifact.spec().weight_feature());
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> risks,
      model::ScoreRows(input.predictor, input.dataset, rows, input.threads, &model::Scores::fit));
  auto& evaluation = *artifact.mutable_evaluation()->mutable_survival();
  const survival::Concordance concordance = survival::MeasureConcordance(table.rows(), risks);
  evaluation.set_events(table.events());
  evaluation.set_concordance(concordance.value);
  evaluation.set_concordance_standard_error(concordance.standard_error);
  if (table.durations.empty()) return absl::OkStatus();
  AddGroupCurves(table, columns.groups(), evaluation);
  AddModelCurves(artifact.survival(), *std::max_element(table.durations.begin(), table.durations.end()), evaluation);
  return AddCalibration(input, rows, table, evaluation);
}

}  // namespace clientele::training
