#include "tests/benchmark/learner_bench/jobs.h"

#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/kmeans/lloyd.h"
#include "services/training/learners/logistic_regression/train.h"
#include "services/training/learners/value_regression/train.h"
#include "tests/benchmark/learner_bench/lifetime_jobs.h"
#include "tests/benchmark/learner_bench/survival_jobs.h"

namespace clientele::benchmark {
namespace {

using model::v1::LogisticRegressionParameters;
using model::v1::ValueRegressionParameters;
using training::TrainingMatrix;


// So many Lloyd iterations from given centroids, as other libraries do with a tolerance of 0.
absl::StatusOr<Job> KMeansJob(const JobData& data) {
  auto matrix = std::make_shared<TrainingMatrix>();
  CLIENTELE_RETURN_IF_ERROR(data.ReadRows("X", *matrix));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> centroids, data.ReadFloats("C0"));
  const std::vector<double> start(centroids.begin(), centroids.end());
  const int k = data.parameters()["k"], iterations = data.parameters()["iters"];
  return Job{[=](int threads) -> absl::StatusOr<Outcome> {
    training::LocalCommunicator local;
    const training::ShardSums sums(*matrix, local, threads, StopToken());
    CLIENTELE_ASSIGN_OR_RETURN(const training::RowFrame frame, MakeRowFrame(sums));
    const training::LloydOptions options{.max_iterations = iterations, .min_relative_progress = -1};
    CLIENTELE_ASSIGN_OR_RETURN(const auto result, RunLloyd(sums, frame, start, k, options, {}));
    return Outcome{result.inertia, result.iterations, 0};
  }};
}

// sum log(1 + exp(-s eta)) + |coefficients|^2 / 2.
absl::StatusOr<Job> LogisticJob(std::shared_ptr<TrainingMatrix> matrix, double gradient_tolerance) {
  LogisticRegressionParameters parameters;
  parameters.set_gradient_tolerance(gradient_tolerance);
  return Job{[=](int threads) -> absl::StatusOr<Outcome> {
    training::LocalCommunicator local;
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto model, TrainLogisticRegression(std::move(*matrix), parameters, local, threads, StopToken(), nullptr));
    return Outcome{model.objective(), model.iterations(), model.gradient_norm()};
  }};
}

absl::StatusOr<Job> DenseLogisticJob(const JobData& data) {
  auto matrix = std::make_shared<TrainingMatrix>();
  CLIENTELE_RETURN_IF_ERROR(data.ReadRows("X", *matrix));
  CLIENTELE_RETURN_IF_ERROR(data.ReadLabels("y", *matrix));
  return LogisticJob(std::move(matrix), 1e-9);
}

// Ten times nearer to the optimum than the stricter of the runs it is compared with.
absl::StatusOr<Job> SparseLogisticJob(const JobData& data) {
  auto matrix = std::make_shared<TrainingMatrix>();
  CLIENTELE_RETURN_IF_ERROR(data.ReadFields("indices", data.parameters()["D"], *matrix));
  CLIENTELE_RETURN_IF_ERROR(data.ReadLabels("y", *matrix));
  return LogisticJob(std::move(matrix), 1e-7);
}

// Other libraries' objective is (ours + `dropped`) `scale`.
absl::StatusOr<Job> ValueJob(const JobData& data, absl::string_view labels, ValueRegressionParameters parameters,
                             double dropped, double scale) {
  auto matrix = std::make_shared<TrainingMatrix>();
  CLIENTELE_RETURN_IF_ERROR(data.ReadRows("X", *matrix));
  CLIENTELE_RETURN_IF_ERROR(data.ReadLabels(labels, *matrix));
  return Job{[=](int threads) -> absl::StatusOr<Outcome> {
    training::LocalCommunicator local;
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto model, TrainValueRegression(*matrix, parameters, local, threads, StopToken(), nullptr));
    return Outcome{(model.objective() + dropped) * scale, model.iterations(), model.gradient_norm()};
  }};
}

// |y - eta|^2 + alpha |coefficients|^2.
absl::StatusOr<Job> RidgeJob(const JobData& data) {
  ValueRegressionParameters parameters;
  parameters.set_target(ValueRegressionParameters::TARGET_PLAIN);
  parameters.set_l2_penalty(data.parameters()["ridge_alpha"]);
  return ValueJob(data, "y_ridge", parameters, 0, 1);
}

// The mean half deviance + alpha |coefficients|^2 / 2. Others leave out the terms of labels alone, `term` of each.
template <typename Term>
absl::StatusOr<Job> LogLinkJob(const JobData& data, absl::string_view labels, ValueRegressionParameters parameters,
                               Term term) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> values, data.ReadFloats(labels));
  double dropped = 0;
  for (const double value : values) dropped += term(value);
  const double rows = static_cast<double>(values.size());
  parameters.set_l2_penalty(data.parameters()["glm_alpha"].get<double>() * rows);
  return ValueJob(data, labels, parameters, dropped, 1 / rows);
}

absl::StatusOr<Job> GammaJob(const JobData& data) {
  ValueRegressionParameters parameters;
  parameters.set_family(ValueRegressionParameters::FAMILY_GAMMA);
  return LogLinkJob(data, "y_gamma", parameters, [](double value) { return std::log(value) + 1; });
}

absl::StatusOr<Job> TweedieJob(const JobData& data) {
  ValueRegressionParameters parameters;
  const double power = data.parameters()["tweedie_power"];
  parameters.set_family(ValueRegressionParameters::FAMILY_TWEEDIE);
  parameters.set_tweedie_power(power);
  return LogLinkJob(data, "y_tweedie", parameters, [power](double value) {
    return std::pow(value, 2 - power) / ((power - 1) * (2 - power));
  });
}

struct Entry {
  absl::string_view job;
  absl::string_view data;
  absl::StatusOr<Job> (*prepare)(const JobData& data);
};

constexpr Entry kJobs[] = {
    {"kmeans_a", "kmeans_a", KMeansJob},       {"kmeans_b", "kmeans_b", KMeansJob},
    {"logit", "logit", DenseLogisticJob},      {"logit_sparse", "logit_sparse", SparseLogisticJob},
    {"ridge", "ltv", RidgeJob},                {"gamma", "ltv", GammaJob},
    {"tweedie", "ltv", TweedieJob},            {"bgnbd_small", "bgnbd_small", BgNbdJob},
    {"bgnbd_big", "bgnbd_big", BgNbdJob},      {"pareto_nbd", "bgnbd_big", ParetoNbdJob},
    {"gg_small", "gg_small", GammaGammaJob},   {"gg_big", "gg_big", GammaGammaJob},
    {"cox", "cox", CoxJob},
};

}  // namespace

absl::StatusOr<Job> PrepareJob(const std::string& directory, const std::string& job) {
  for (const Entry& entry : kJobs) {
    if (entry.job != job) continue;
    CLIENTELE_ASSIGN_OR_RETURN(const JobData data, JobData::Open(directory, entry.data));
    return entry.prepare(data);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "no job is called \"", job, "\"; there are ",
      absl::StrJoin(kJobs, ", ", [](std::string* out, const Entry& entry) { absl::StrAppend(out, entry.job); })));
}

}  // namespace clientele::benchmark
