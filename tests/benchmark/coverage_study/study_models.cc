#include "tests/benchmark/coverage_study/study_models.h"

#include <cmath>
#include <utility>

#include "common/model/btyd/bg_bb.h"
#include "common/model/btyd/bg_nbd.h"
#include "common/model/btyd/gamma_gamma.h"
#include "common/model/btyd/modified_bg_nbd.h"
#include "common/model/btyd/pareto_nbd.h"
#include "common/model/btyd/simulate.h"
#include "services/training/learners/btyd/bg_bb_likelihood.h"
#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/btyd/modified_bg_nbd_likelihood.h"
#include "services/training/learners/btyd/pareto_nbd_likelihood.h"

namespace clientele::coverage_study {
namespace {

using btyd::Draws;
using btyd::Estimate;
using btyd::PurchaseHistory;
using Parameters = absl::Span<const double>;

constexpr double kWeeks = 78, kHorizon = 52;  // The first customers came 78 weeks ago, the last 26.
constexpr int kOpportunities = 12;

double LogUniform(Draws& draws, double low, double high) { return low * std::pow(high / low, draws.Uniform()); }

// Mean 1 to 20 purchases a year, from customers much alike to very different.
std::array<double, 2> DrawRate(Draws& draws) {
  const double r = LogUniform(draws, 0.25, 3), mean = LogUniform(draws, 1.0 / 52, 20.0 / 52);
  return {r, r / mean};
}

// A chance to stop of 5 to 40 % after each purchase.
std::vector<double> DrawGeometricDropout(Draws& draws) {
  const auto [r, alpha] = DrawRate(draws);
  const double a = LogUniform(draws, 0.4, 2), mean = LogUniform(draws, 0.05, 0.4);
  return {r, alpha, a, a / mean - a};
}

// Lifetimes of a typical length of 10 to 80 weeks.
std::vector<double> DrawPareto(Draws& draws) {
  const auto [r, alpha] = DrawRate(draws);
  const double s = LogUniform(draws, 0.4, 2);
  return {r, alpha, s, s * LogUniform(draws, 10, 80)};
}

std::vector<double> DrawBgBb(Draws& draws) {
  const double buys = LogUniform(draws, 0.15, 0.6), buyers = LogUniform(draws, 0.7, 4);
  const double stops = LogUniform(draws, 0.03, 0.25), stoppers = LogUniform(draws, 1, 6);
  return {buyers * buys, buyers * (1 - buys), stoppers * stops, stoppers * (1 - stops)};
}

std::vector<double> DrawGammaGamma(Draws& draws) {
  const double p = LogUniform(draws, 1, 10), q = LogUniform(draws, 2.5, 8), mean = LogUniform(draws, 10, 200);
  return {p, q, mean * (q - 1) / p};
}

template <btyd::SimulatedCustomer (*kSimulate)(Parameters, double, Draws&)>
Row DrawHistory(Parameters parameters, Draws& draws) {
  const double age = kWeeks - (kWeeks - 26) * draws.Uniform();
  const PurchaseHistory history = HistoryAt(kSimulate(parameters, age, draws), age);
  return {history.frequency, history.recency, history.age};
}

Row DrawOpportunities(Parameters parameters, Draws& draws) {
  const PurchaseHistory history = HistoryAt(SimulateBgBb(parameters, kOpportunities, draws), kOpportunities);
  return {history.frequency, history.recency, history.age};
}

Row DrawSpend(Parameters parameters, Draws& draws) {
  const int x = 1 + static_cast<int>(draws.Exponential(0.4));
  double sum = 0;
  for (const double amount : btyd::SimulateSpend(parameters, x, draws)) sum += amount;
  return {static_cast<double>(x), sum / x, 0};
}

Estimate Product(const Estimate& a, const Estimate& b) {
  Estimate product{.value = a.value * b.value};
  for (size_t j = 0; j < a.slopes.size(); ++j) product.slopes[j] = a.slopes[j] * b.value + a.value * b.slopes[j];
  return product;
}

template <typename Model>
Estimate PredictPurchases(Parameters parameters, const Row& row) {
  const Model model(parameters);
  const PurchaseHistory history{row[0], row[1], row[2]};
  const double time = std::is_same_v<Model, btyd::BgBb> ? kOpportunities : kHorizon;
  return Product(model.ProbabilityAlive(history), model.PurchasesIfAlive(history, time));
}

Estimate PredictSpend(Parameters parameters, const Row& row) {
  return btyd::GammaGamma(parameters).ConditionalMean(row[0], row[1]);
}

}  // namespace

std::vector<StudyModel> StudyModels() {
  using namespace training::btyd;  // The likelihoods.
  std::vector<StudyModel> models;
  const auto add = [&](std::string name, std::unique_ptr<Likelihood> likelihood, auto... rest) {
    models.push_back({std::move(name), std::move(likelihood), rest...});
  };
  add("bg-nbd", std::make_unique<BgNbdLikelihood>(), &GeometricDropoutTraits, &DrawGeometricDropout,
      &DrawHistory<btyd::SimulateBgNbd>, &PredictPurchases<btyd::BgNbd>);
  add("mbg-nbd", std::make_unique<ModifiedBgNbdLikelihood>(), &GeometricDropoutTraits, &DrawGeometricDropout,
      &DrawHistory<btyd::SimulateModifiedBgNbd>, &PredictPurchases<btyd::ModifiedBgNbd>);
  add("pareto-nbd", std::make_unique<ParetoNbdLikelihood>(), &ParetoNbdTraits, &DrawPareto,
      &DrawHistory<btyd::SimulateParetoNbd>, &PredictPurchases<btyd::ParetoNbd>);
  add("bg-bb", std::make_unique<BgBbLikelihood>(), &BgBbTraits, &DrawBgBb, &DrawOpportunities,
      &PredictPurchases<btyd::BgBb>);
  add("gamma-gamma", std::make_unique<GammaGammaLikelihood>(), &GammaGammaTraits, &DrawGammaGamma, &DrawSpend,
      &PredictSpend);
  return models;
}

}  // namespace clientele::coverage_study
