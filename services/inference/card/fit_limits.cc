#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"
#include "services/inference/card/limit_rules.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::FittedDistribution;
using clientele::model::v1::ModelArtifact;

// What the fit took, and what it was given; 0: not told.
struct Iterations {
  int taken = 0;
  int most = 0;
};

int OrDefault(int given, int otherwise) { return given > 0 ? given : otherwise; }

Iterations IterationsOf(const ModelArtifact& artifact) {
  const auto& spec = artifact.spec();
  switch (artifact.model_case()) {
    case ModelArtifact::kLogisticRegression:
      return {artifact.logistic_regression().iterations(), OrDefault(spec.logistic_regression().max_iterations(), 100)};
    case ModelArtifact::kMultinomialRegression:
      return {artifact.multinomial_regression().iterations(),
              OrDefault(spec.multinomial_regression().max_iterations(), 100)};
    case ModelArtifact::kValueRegression:
      return {artifact.value_regression().iterations(), OrDefault(spec.value_regression().max_iterations(), 100)};
    case ModelArtifact::kSurvival:
      return {artifact.survival().iterations(), OrDefault(spec.survival().max_iterations(), 50)};
    case ModelArtifact::kKmeans:
      if (spec.kmeans().batch_rows() > 0) return {};  // A step is a batch.
      return {artifact.evaluation().clusters().iterations(), OrDefault(spec.kmeans().max_iterations(), 300)};
    default: return {};
  }
}

// An optimum that is not inside what the parameters may be: predictions hold, parameters may mean nothing.
FoundLimit Optimum(const FittedDistribution& fit, absl::string_view of, absl::string_view code) {
  const auto found = [&](Limit::Severity severity, absl::string_view what) {
    std::string text = absl::StrCat("The model of ", of, " ", what, ".");
    if (!fit.findings().empty()) absl::StrAppend(&text, " ", Sentence(absl::StrJoin(fit.findings(), "; ")));
    return Found(severity, code, std::move(text));
  };
  switch (fit.optimum()) {
    case FittedDistribution::OPTIMUM_NO_DROPOUT:
      return found(Limit::SEVERITY_CAUTION, "ended where nobody ever stops buying: its chances to be alive are all 1");
    case FittedDistribution::OPTIMUM_RIDGE:
      return found(Limit::SEVERITY_CAUTION,
                   "cannot tell some parameters apart: predictions hold, single parameters do not");
    case FittedDistribution::OPTIMUM_HOMOGENEOUS:
      return found(Limit::SEVERITY_NOTE, "ended where all customers are alike");
    default: return std::nullopt;
  }
}

}  // namespace

FoundLimit NotConverged(const CardFacts& facts) {
  const auto [taken, most] = IterationsOf(facts.artifact);
  return Found(most > 0 && taken >= most ? Limit::SEVERITY_CAUTION : Limit::SEVERITY_UNSPECIFIED, "NOT_CONVERGED",
               absl::StrCat("The fit was ended after ", Counted(taken, "step"), " before it had settled."));
}

FoundLimit Separable(const CardFacts& facts) {
  return Found(facts.artifact.logistic_regression().separable() ? Limit::SEVERITY_SERIOUS : Limit::SEVERITY_UNSPECIFIED,
               "SEPARABLE",
               "A combination of features tells the label without a mistake: look for one that is known only after the "
               "fact.");
}

FoundLimit PurchaseFit(const CardFacts& facts) {
  return Optimum(facts.artifact.lifetime_value().purchases(), "purchases", "PURCHASE_FIT");
}

FoundLimit SpendFit(const CardFacts& facts) {
  return Optimum(facts.artifact.lifetime_value().spend(), "spend", "SPEND_FIT");
}

FoundLimit SpendGoesWithPurchases(const CardFacts& facts) {
  const double correlation = facts.artifact.evaluation().lifetime_value().frequency_spend_correlation();
  return Found(
      SeverityAbove(std::abs(correlation), {0.1, 0.2, 0.4}), "SPEND_GOES_WITH_PURCHASES",
      absl::StrFormat("Who buys more often also spends %s a time (correlation %.2f); the model takes the two as "
                      "independent, so the best customers' values are off.",
                      correlation > 0 ? "more" : "less", correlation));
}

FoundLimit HazardsNotProportional(const CardFacts& facts) {
  for (const auto& test : facts.artifact.evaluation().survival().proportionality()) {
    if (test.name() != "GLOBAL" || !(test.p_value() < 0.01)) continue;
    return Found(Limit::SEVERITY_CAUTION, "HAZARDS_NOT_PROPORTIONAL",
                 absl::StrCat("What raises the risk changes with time (p ", PValue(test.p_value()),
                              "): a hazard ratio is an average, and long horizons are less sure."));
  }
  return std::nullopt;
}

}  // namespace clientele::inference
