#include "services/training/learners/logistic_regression/train.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/portable_math.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/logistic_regression/newton.h"
#include "services/training/learners/logistic_regression/objective.h"
#include "services/training/learners/logistic_regression/threshold.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionModel;
using model::v1::LogisticRegressionParameters;

struct Counts {
  int64_t rows = 0;
  int64_t positives = 0;
};

absl::StatusOr<Counts> CountRows(const ShardSums& sums, double l2) {
  Counts counts;
  CLIENTELE_ASSIGN_OR_RETURN(counts.rows, CheckRows(sums, Labels::kBinary));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> positives, sums.Sum(1, [&](int s, absl::Span<double> result) {
    for (const double label : sums.matrix().shards[s].labels) result[0] += label;
  }));
  counts.positives = static_cast<int64_t>(positives[0]);
  if (counts.positives == 0 || counts.positives == counts.rows) {
    return NotReady(absl::StrCat("all ", counts.rows, " training labels are ", counts.positives == 0 ? 0 : 1,
                                 "; both classes are needed"));
  }
  if (l2 == 0 && counts.rows <= sums.matrix().columns + 1) {
    return NotReady(absl::StrCat(counts.rows, " rows cannot determine ", sums.matrix().columns + 1,
                                 " parameters without a penalty; set l2_penalty above 0 or give more rows"));
  }
  return counts;
}

LogisticObjective MakeObjective(const ShardSums& sums, const LogisticRegressionParameters& parameters,
                                const Counts& counts) {
  double negative = parameters.negative_weight() == 0 ? 1 : parameters.negative_weight();
  double positive = parameters.positive_weight() == 0 ? 1 : parameters.positive_weight();
  if (parameters.balance_classes()) {
    const double half = static_cast<double>(counts.rows) / 2;
    negative = half / static_cast<double>(counts.rows - counts.positives);
    positive = half / static_cast<double>(counts.positives);
  }
  return LogisticObjective(sums, negative, positive);
}

// Whether some hyperplane separates the classes perfectly: looked for by going on without the penalty, where the loss
// then falls by a factor at every step. Only where the fit is so good, or the rows so few, that it may be.
absl::StatusOr<bool> IsSeparable(const LogisticObjective& objective, const NewtonResult& fit, int64_t rows,
                                 const LearnerProgress& progress) {
  if (fit.at.misclassified == 0) return true;
  const bool plausible = fit.at.misclassified * 20 <= rows || rows <= 2 * objective.num_parameters();
  if (!plausible) return false;
  NewtonOptions options{.l2 = 0, .max_iterations = 30, .gradient_tolerance = 0, .rows = rows};
  bool separated = false;
  double before = INFINITY;
  const auto watch = [&](int iteration, const LogisticObjective::Value& at) {
    Tell(progress, 0.9, "looking whether the classes are separated perfectly");
    separated = at.misclassified == 0;
    const bool falls = at.value <= 0.9 * before || iteration < 3;
    before = at.value;
    return !separated && falls;
  };
  CLIENTELE_RETURN_IF_ERROR(MinimiseByNewton(objective, fit.parameters, options, watch).status());
  return separated;
}

absl::StatusOr<std::vector<ScoredLabel>> ScoreRows(const ShardSums& sums, absl::Span<const double> parameters) {
  const TrainingMatrix& matrix = sums.matrix();
  std::vector<ScoredLabel> mine;
  for (const TrainingShard& shard : matrix.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) {
      const double log_odds = LogOdds(shard.values.data() + i * matrix.columns, parameters);
      mine.emplace_back(model::Sigmoid(log_odds), shard.labels[i] == 1);
    }
  }
  if (sums.communicator().size() == 1) return mine;
  std::string bytes(mine.size() * 2 * sizeof(double), '\0');
  for (size_t i = 0; i < mine.size(); ++i) {
    const double pair[2] = {mine[i].first, mine[i].second ? 1.0 : 0.0};
    std::memcpy(bytes.data() + i * sizeof(pair), pair, sizeof(pair));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, sums.communicator().AllGather(bytes));
  std::vector<ScoredLabel> all;
  for (const std::string& part : parts) {
    for (size_t at = 0; at < part.size(); at += 2 * sizeof(double)) {
      double pair[2];
      std::memcpy(pair, part.data() + at, sizeof(pair));
      all.emplace_back(pair[0], pair[1] == 1);
    }
  }
  return all;
}

absl::StatusOr<double> ChooseThreshold(const ShardSums& sums, const LogisticRegressionParameters::Threshold& threshold,
                                       absl::Span<const double> parameters) {
  if (!threshold.best_f1() && !threshold.base_rate()) {
    return threshold.has_fixed() ? threshold.fixed() : 0.5;
  }
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<ScoredLabel> rows, ScoreRows(sums, parameters));
  return threshold.best_f1() ? BestF1Threshold(std::move(rows)) : BaseRateThreshold(std::move(rows));
}

LogisticRegressionModel MakeModel(const NewtonResult& fit, int d, bool separable) {
  LogisticRegressionModel model;
  for (int j = 0; j < d; ++j) model.add_coefficients(fit.parameters[j]);
  model.set_intercept(fit.parameters[d]);
  model.set_objective(fit.at.value);
  model.set_iterations(fit.iterations);
  model.set_gradient_norm(fit.gradient_norm);
  model.set_separable(separable);
  const std::vector<double> inverse = SymmetricSystem(fit.at.hessian, d + 1).Inverse();
  for (int j = 0; j < d; ++j) model.add_standard_errors(std::sqrt(std::max(0.0, inverse[int64_t{j} * (d + 1) + j])));
  return model;
}

absl::StatusOr<LogisticRegressionModel> Train(const ShardSums& sums, const LogisticRegressionParameters& parameters,
                                              const LearnerProgress& progress) {
  const int d = sums.matrix().columns;
  NewtonOptions options{.l2 = parameters.has_l2_penalty() ? parameters.l2_penalty() : 1.0};
  if (parameters.max_iterations() > 0) options.max_iterations = parameters.max_iterations();
  if (parameters.gradient_tolerance() > 0) options.gradient_tolerance = parameters.gradient_tolerance();
  CLIENTELE_ASSIGN_OR_RETURN(const Counts counts, CountRows(sums, options.l2));
  options.rows = counts.rows;
  const LogisticObjective objective = MakeObjective(sums, parameters, counts);
  const auto watch = [&](int iteration, const LogisticObjective::Value& at) {
    // Newton's method takes about 8 iterations; how many more there are nobody knows.
    Tell(progress, 0.9 * iteration / (iteration + 4.0), absl::StrFormat("iteration %d, objective %.6f", iteration, at.value));
    return true;
  };
  CLIENTELE_ASSIGN_OR_RETURN(const NewtonResult fit,
                             MinimiseByNewton(objective, std::vector<double>(d + 1, 0.0), options, watch));
  CLIENTELE_ASSIGN_OR_RETURN(const bool separable, IsSeparable(objective, fit, counts.rows, progress));
  if (separable && options.l2 == 0) {
    return NotReady("the classes are separated perfectly: without a penalty no finite coefficients exist; set l2_penalty "
                    "above 0, and look whether a feature gives the label away");
  }
  LogisticRegressionModel model = MakeModel(fit, d, separable);
  CLIENTELE_ASSIGN_OR_RETURN(const double threshold, ChooseThreshold(sums, parameters.threshold(), fit.parameters));
  model.set_threshold(threshold);
  return model;
}

}  // namespace

absl::Status ValidateLogisticRegression(const LogisticRegressionParameters& parameters, absl::string_view field) {
  const auto bad = [&](absl::string_view name, double value, absl::string_view allowed) {
    return InvalidField(absl::StrCat(field, ".", name), absl::StrCat(value, " is not ", allowed));
  };
  // Written so that NaN fails.
  if (parameters.has_l2_penalty() && !(parameters.l2_penalty() >= 0 && std::isfinite(parameters.l2_penalty()))) {
    return bad("l2_penalty", parameters.l2_penalty(), "a finite number, 0 or more");
  }
  const std::pair<absl::string_view, double> weights[] = {{"positive_weight", parameters.positive_weight()},
                                                          {"negative_weight", parameters.negative_weight()}};
  for (const auto& [name, weight] : weights) {
    if (!(weight >= 0 && weight <= 1e6)) return bad(name, weight, "above 0 and at most 1e6");
    if (weight != 0 && parameters.balance_classes()) {
      return InvalidField(absl::StrCat(field, ".", name), "is given beside balance_classes; give one of them");
    }
  }
  if (parameters.max_iterations() < 0 || parameters.max_iterations() > 1000) {
    return bad("max_iterations", parameters.max_iterations(), "1 to 1000");
  }
  if (!(parameters.gradient_tolerance() >= 0 && parameters.gradient_tolerance() < 1)) {
    return bad("gradient_tolerance", parameters.gradient_tolerance(), "in (0, 1)");
  }
  const auto& threshold = parameters.threshold();
  if (threshold.has_fixed() && !(threshold.fixed() > 0 && threshold.fixed() < 1)) {
    return bad("threshold.fixed", threshold.fixed(), "in (0, 1)");
  }
  return absl::OkStatus();
}

absl::StatusOr<LogisticRegressionModel> TrainLogisticRegression(const TrainingMatrix& matrix,
                                                                const LogisticRegressionParameters& parameters,
                                                                uint64_t, Communicator& communicator, int threads,
                                                                const StopToken& stop, const LearnerProgress& progress) {
  const ShardSums sums(matrix, communicator, threads, stop);
  absl::StatusOr<LogisticRegressionModel> model = Train(sums, parameters, progress);
  if (!model.ok()) communicator.Abort(model.status());
  return model;
}

}  // namespace clientele::training
