// Lifetime value by models of purchases and of spend.
#include <cmath>
#include <optional>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/lifetime_value/predictor.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/baselines.h"
#include "services/training/evaluation/high_value.h"
#include "services/training/evaluation/lifetime_value/evaluate.h"
#include "services/training/evaluation/value.h"
#include "services/training/learners/lifetime_value/train.h"

namespace clientele::training {
namespace {

using model::v1::Evaluation;
using model::v1::FittedDistribution;
using model::v1::ModelArtifact;

// Money in the holdout, one a judging row.
struct Money {
  std::vector<double> predicted;
  std::vector<double> actual;
  double training_mean = 0;  // Of what came.
};

// `training_mean`: of what came, where others than the rows tell it.
Money CollectMoney(const std::vector<LifetimeRow>& rows, std::optional<double> training_mean) {
  Money money;
  double sum = 0, count = 0;
  for (const LifetimeRow& row : rows) {
    const double came = std::isnan(row.actual_money) ? 0 : row.actual_money;
    if (row.trains) {
      sum += came;
      count += 1;
    }
    if (!row.judges) continue;
    money.predicted.push_back(row.money);
    money.actual.push_back(came);
  }
  money.training_mean = training_mean.value_or(count > 0 ? sum / count : 0);
  return money;
}

absl::Status JudgeMoney(const JudgeInput& input, const Money& money, int days, Evaluation& evaluation) {
  *evaluation.mutable_value() = EvaluateValues(money.predicted, money.actual, money.training_mean);
  CLIENTELE_RETURN_IF_ERROR(AddTotalRatioInterval(money.predicted, money.actual, input.threads,
                                                  *evaluation.mutable_value(), input.parts));
  CLIENTELE_ASSIGN_OR_RETURN(const auto rules, SimpleValueRules(input.dataset, input.judging, money.training_mean, days,
                                                                input.parts));
  for (const ValueRule& rule : rules) *evaluation.mutable_value()->add_baselines() = JudgeRule(rule, money.actual);
  const ValueRule& strongest = rules.back();
  CLIENTELE_ASSIGN_OR_RETURN(*evaluation.mutable_grade(),
                             GradeValues(money.predicted, strongest.name, strongest.predictions, money.actual,
                                         input.threads, input.parts));
  return absl::OkStatus();
}

// What the fit has to say of itself.
void ReportFindings(const FittedDistribution& fitted, std::vector<v1::DataIssue>& issues) {
  for (const std::string& finding : fitted.findings()) {
    AddModelWarning(FittedDistribution::Optimum_Name(fitted.optimum()), finding,
                    "predictions hold; do not read the parameters one by one", issues);
  }
}

}  // namespace

absl::Status TrainLifetimeValueModel(const LearnerInput& input, ModelArtifact& artifact,
                                     std::vector<v1::DataIssue>& issues) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder encoder,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  CLIENTELE_ASSIGN_OR_RETURN(
      *artifact.mutable_lifetime_value(),
      TrainLifetimeValue(input.matrix, artifact.schema(), encoder, input.spec.lifetime_value(), input.spec.seed(),
                         input.communicator, input.threads, input.stop, input.progress));
  ReportFindings(artifact.lifetime_value().purchases(), issues);
  ReportFindings(artifact.lifetime_value().spend(), issues);
  return absl::OkStatus();
}

absl::Status JudgeLifetimeValueModel(const JudgeInput& input, ModelArtifact& artifact) {
  const auto& predictor = static_cast<const model::LifetimeValuePredictor&>(input.predictor);
  CLIENTELE_ASSIGN_OR_RETURN(const auto encoder, model::DatasetEncoder::Create(predictor.encoder(), input.dataset));
  const Holdout holdout(artifact.spec().dataset());
  const LifetimeRows rows =
      ScoreLifetimeRows(predictor.model(), encoder, input.training, input.judging, holdout, input.threads);
  Evaluation& evaluation = *artifact.mutable_evaluation();
  if (holdout.has_money()) {
    CLIENTELE_RETURN_IF_ERROR(
        JudgeMoney(input, CollectMoney(rows.rows, input.training_mean), holdout.days(), evaluation));
  }
  *evaluation.mutable_lifetime_value() =
      EvaluateLifetimeValue(artifact.lifetime_value(), predictor.model(), encoder, rows, holdout);
  return absl::OkStatus();
}

}  // namespace clientele::training
