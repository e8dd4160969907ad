#include "services/training/learners/btyd/diagnosis.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace clientele::training::btyd {
namespace {

constexpr double kWidestError = 5;
constexpr double kLeastShare = 0.05;  // Of a parameter in what is not told, to count as not told itself.
constexpr double kWorstCondition = 1e16;
constexpr double kLongestWay = 12;  // e^12 slopes: beyond, their digits would not do.
constexpr double kNormal95 = 1.959963984540054;

// What is known of the unknowns: [D x D], and which.
struct Known {
  Eigen::MatrixXd covariance;
  std::vector<bool> identified;
  double condition = kWorstCondition;
};

Eigen::MatrixXd MinusHessian(const ObjectiveValue& at) {
  const int width = static_cast<int>(at.gradient.size());
  return -Eigen::Map<const Eigen::MatrixXd>(at.hessian.data(), width, width);
}

// Units in which a coefficient curves the likelihood as much as the parameter that does so most.
Eigen::VectorXd Units(const Eigen::MatrixXd& matrix, int parameters) {
  Eigen::VectorXd units = Eigen::VectorXd::Ones(matrix.rows());
  const double most = std::max(matrix.diagonal().head(parameters).maxCoeff(), 1e-300);
  for (int k = parameters; k < matrix.rows(); ++k) {
    if (matrix(k, k) > 0) units[k] = std::sqrt(most / matrix(k, k));
  }
  return units;
}

Known WhatIsKnown(const ObjectiveValue& at, int parameters, int runaway) {
  const Eigen::MatrixXd matrix = MinusHessian(at);
  const Eigen::VectorXd units = Units(matrix, parameters);
  Eigen::MatrixXd scaled = units.asDiagonal() * matrix * units.asDiagonal();
  const int width = static_cast<int>(matrix.rows());
  Known known{Eigen::MatrixXd::Zero(width, width), std::vector<bool>(width, true)};
  const Eigen::VectorXd values =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(scaled, Eigen::EigenvaluesOnly).eigenvalues();
  known.condition =
      std::min(kWorstCondition, values[width - 1] / std::max(values[0], values[width - 1] / kWorstCondition));
  if (runaway >= 0) {
    scaled.row(runaway).setZero();
    scaled.col(runaway).setZero();
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(scaled);
  Eigen::VectorXd untold = Eigen::VectorXd::Zero(width);
  for (int i = 0; i < width; ++i) {
    const Eigen::VectorXd vector = solver.eigenvectors().col(i);
    if (solver.eigenvalues()[i] * kWidestError * kWidestError < 1) {
      untold += vector.cwiseAbs2();
    } else {
      known.covariance += vector * vector.transpose() / solver.eigenvalues()[i];
    }
  }
  for (int i = 0; i < width; ++i) known.identified[i] = untold[i] < kLeastShare;
  known.covariance = units.asDiagonal() * known.covariance * units.asDiagonal();
  return known;
}

FittedParameter Interval(double value, double error, bool identified, bool is_log) {
  FittedParameter fitted;
  fitted.value = is_log ? std::exp(value) : value;
  fitted.identified = identified;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  fitted.lower = identified ? value - kNormal95 * error : -kInfinity;
  fitted.upper = identified ? value + kNormal95 * error : kInfinity;
  fitted.standard_error = identified ? error * (is_log ? fitted.value : 1) : 0;
  if (is_log) {
    fitted.lower = std::exp(fitted.lower);
    fitted.upper = std::exp(fitted.upper);
  }
  return fitted;
}

// Of u = exp(-t), e^T times as much at `far`: its slopes at the maximum times e^T - 1 are what it changes until there.
// What else changes is a step like any other.
Eigen::VectorXd WayBack(const LimitGap& at_limit, const std::vector<double>& eta) {
  const Direction& direction = at_limit.limit->direction;
  const int runaway = at_limit.limit->runaway();
  const double way = std::abs(at_limit.far[runaway] - eta[runaway]);
  const double growth = std::expm1(std::min(way, kLongestWay));
  Eigen::VectorXd step(eta.size());
  for (int i = 0; i < step.size(); ++i) {
    const double along = i < kMostParameters ? direction[i] : 0;
    step[i] = at_limit.far[i] - eta[i] + along * (way - growth);
  }
  return step / kNormal95;
}

std::string LimitFinding(const LimitGap& nearest) {
  if (nearest.is_maximum) {
    return absl::StrCat("the likelihood is highest at the limit of ", nearest.limit->name,
                        ": predictions are right, the parameters that describe it mean nothing");
  }
  return absl::StrFormat(
      "%s cannot be told from the fitted model by these data: the log-likelihood there is lower by %.3f only "
      "(%.3f would tell them apart at 95 %%)",
      nearest.limit->name, nearest.gap, kToldApart);
}

std::string UntoldFinding(absl::Span<const absl::string_view> names, const std::vector<bool>& identified) {
  std::vector<absl::string_view> untold;
  for (size_t j = 0; j < names.size(); ++j) {
    if (!identified[j]) untold.push_back(names[j]);
  }
  if (untold.empty()) return "";
  return absl::StrCat("the data do not tell ", absl::StrJoin(untold, ", "),
                      " one by one: values along a ridge predict equally well, and have no standard errors");
}

}  // namespace

double ProfileVariance(const ObjectiveValue& at, int unknown) {
  const Eigen::MatrixXd matrix = MinusHessian(at);
  return matrix.fullPivLu().solve(Eigen::VectorXd::Unit(matrix.rows(), unknown))[unknown];
}

void Diagnose(const Maximum& maximum, absl::Span<const absl::string_view> names, const std::optional<LimitGap>& nearest,
              BtydFit& fit) {
  const int p = static_cast<int>(names.size()), width = static_cast<int>(maximum.eta.size());
  const bool at_limit = nearest && nearest->is_maximum;
  Known known = WhatIsKnown(maximum.at, p, at_limit ? nearest->limit->runaway() : -1);
  if (at_limit && !nearest->far.empty()) {
    const Eigen::VectorXd way = WayBack(*nearest, maximum.eta);
    known.covariance += way * way.transpose();
  }
  for (int i = 0; i < width; ++i) {
    (i < p ? fit.parameters : fit.coefficients)
        .push_back(Interval(maximum.eta[i], std::sqrt(known.covariance(i, i)), known.identified[i], i < p));
  }
  fit.covariance.assign(known.covariance.data(), known.covariance.data() + width * width);
  fit.log_likelihood = maximum.at.log_likelihood;
  for (const double slope : maximum.at.gradient)
    fit.gradient_norm = std::max(fit.gradient_norm, std::abs(slope) / fit.weight);
  fit.condition_number = known.condition;
  fit.iterations = maximum.iterations;
  fit.limit_gap = nearest ? nearest->gap : std::numeric_limits<double>::infinity();
  const bool all_told =
      std::find(known.identified.begin(), known.identified.begin() + p, false) == known.identified.begin() + p;
  const bool near = nearest && nearest->gap < kToldApart;
  if (at_limit) {
    fit.optimum = nearest->limit->optimum;
  } else if (near || !all_told) {
    fit.optimum = Optimum::kRidge;
  }
  if (near) fit.findings.push_back(LimitFinding(*nearest));
  if (std::string untold = UntoldFinding(names, known.identified); !untold.empty())
    fit.findings.push_back(std::move(untold));
  if (!maximum.converged) fit.findings.push_back("the search stopped before it had found the maximum");
}

}  // namespace clientele::training::btyd
