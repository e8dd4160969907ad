// Data no model was made for: every fit ends, with finite parameters or an error that says why not.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <utility>

#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/btyd/modified_bg_nbd_likelihood.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training::btyd {
namespace {

struct Case {
  const char* name;
  std::vector<double> x, t_x, age;
};

const Case kCases[] = {
    {"nobody came back", {0, 0, 0}, {0, 0, 0}, {10, 20, 30}},
    {"one customer", {3}, {12}, {20}},
    {"one who never came back", {0}, {0}, {20}},
    {"all alike", {2, 2, 2, 2}, {5, 5, 5, 5}, {9, 9, 9, 9}},
    {"no time has passed", {0, 0}, {0, 0}, {0, 0}},
    {"huge counts", {10000, 1e6, 0}, {90, 99, 0}, {100, 100, 100}},
    {"purchases until the last moment", {1, 5, 9}, {10, 20, 30}, {10, 20, 30}},
    {"purchases at once, then nothing", {1, 5, 9, 0}, {0, 0, 0, 0}, {10, 20, 30, 10}},
    {"tiny times", {1, 0, 2}, {1e-12, 0, 1e-12}, {2e-12, 1e-12, 3e-12}},
};

TEST(HostileDataTest, EveryFitEndsWithFiniteParametersOrSaysWhyNot) {
  for (const Case& data : kCases) {
    SCOPED_TRACE(data.name);
    const LikelihoodRows rows{data.x, data.t_x, data.age};
    const std::vector<double> ones(data.x.size(), 1.0);
    for (const Likelihood* likelihood : {static_cast<const Likelihood*>(new BgNbdLikelihood),
                                         static_cast<const Likelihood*>(new ModifiedBgNbdLikelihood)}) {
      const std::unique_ptr<const Likelihood> owner(likelihood);
      const auto fit = FitBtyd(*likelihood, GeometricDropoutTraits(rows, ones), rows, ones, {}, {}, StopToken());
      if (!fit.ok()) {
        EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition) << fit.status();
        continue;
      }
      EXPECT_TRUE(std::isfinite(fit->log_likelihood));
      for (const FittedParameter& parameter : fit->parameters) {
        EXPECT_TRUE(std::isfinite(parameter.value) && parameter.value > 0) << parameter.value;
        EXPECT_TRUE(std::isfinite(parameter.standard_error));
      }
      EXPECT_FALSE(fit->findings.empty());
    }
  }
}

TEST(HostileDataTest, PurchasesInNoTimeHaveNoMaximum) {
  const std::vector<double> x = {3}, zero = {0}, one = {1};
  const LikelihoodRows rows{x, zero, zero};
  const auto fit = FitBtyd(BgNbdLikelihood(), GeometricDropoutTraits(rows, one), rows, one, {}, {}, StopToken());
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(HostileDataTest, SpendOfOneOrOfAllAlikeEndsToo) {
  for (const auto& [x, spend] : {std::pair<std::vector<double>, std::vector<double>>{{1}, {20}},
                                 {{2, 2, 2}, {20, 20, 20}},
                                 {{1, 1}, {1e-9, 1e12}},
                                 {{1e6, 1}, {3, 4}}}) {
    const std::vector<double> ones(x.size(), 1.0);
    const LikelihoodRows rows{x, spend, {}};
    const auto fit = FitBtyd(GammaGammaLikelihood(), GammaGammaTraits(rows, ones), rows, ones, {}, {}, StopToken());
    if (!fit.ok()) {
      EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition) << fit.status();
      continue;
    }
    for (const FittedParameter& parameter : fit->parameters) EXPECT_TRUE(std::isfinite(parameter.value));
  }
}

TEST(HostileDataTest, WhatIsNoNumberOrNoRowIsAnError) {
  const std::vector<double> x = {1, 0}, t_x = {1, 0}, age = {2, std::nan("")}, good = {2, 2}, ones = {1, 1};
  const auto code = [](const LikelihoodRows& rows, const std::vector<double>& weights) {
    return FitBtyd(BgNbdLikelihood(), GeometricDropoutTraits({}, {}), rows, weights, {}, {}, StopToken())
        .status()
        .code();
  };
  EXPECT_EQ(code({x, t_x, age}, ones), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({x, t_x, good}, {1}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({x, t_x, good}, {1, -1}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({x, t_x, good}, {0, 0}), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code({}, {}), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace clientele::training::btyd
