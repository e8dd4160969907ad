#include "common/text/model_words.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"
#include "common/text/values.h"

namespace clientele {
namespace {

using common::v1::Label;
using model::v1::KMeansParameters;
using model::v1::LifetimeValueParameters;
using model::v1::LogisticRegressionParameters;
using model::v1::SurvivalParameters;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using model::v1::ValueSelectionParameters;

std::string LogisticInWords(const LogisticRegressionParameters& parameters) {
  std::vector<std::string> words = {"Logistic regression"};
  if (parameters.has_penalty_path()) words.push_back("penalties chosen by cross-validation");
  if (parameters.balance_classes()) words.push_back("classes balanced");
  if (parameters.calibration() == LogisticRegressionParameters::CALIBRATION_PLATT) {
    words.push_back("probabilities calibrated (Platt)");
  }
  if (parameters.calibration() == LogisticRegressionParameters::CALIBRATION_ISOTONIC) {
    words.push_back("probabilities calibrated (isotonic)");
  }
  return absl::StrJoin(words, ", ");
}

std::string ValueInWords(const ValueRegressionParameters& parameters) {
  switch (parameters.family()) {
    case ValueRegressionParameters::FAMILY_GAUSSIAN: return "Value regression: Gaussian with log link";
    case ValueRegressionParameters::FAMILY_POISSON: return "Value regression: Poisson with log link";
    case ValueRegressionParameters::FAMILY_GAMMA: return "Value regression: Gamma with log link";
    case ValueRegressionParameters::FAMILY_TWEEDIE: return "Value regression: Tweedie with log link";
    case ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL: return "Value regression: zero-inflated lognormal";
    case ValueRegressionParameters::FAMILY_HURDLE_GAMMA: return "Value regression: hurdle with Gamma";
    default:
      return parameters.target() == ValueRegressionParameters::TARGET_PLAIN
                 ? "Value regression: least squares on the value"
                 : "Value regression: least squares on the logarithm of the value";
  }
}

std::string LifetimeValueInWords(const LifetimeValueParameters& parameters) {
  const auto words = [](absl::string_view purchases) {
    return absl::StrCat("Lifetime value: ", purchases, " purchases, Gamma-Gamma spend");
  };
  switch (parameters.purchase_model()) {
    case LifetimeValueParameters::PURCHASE_MODEL_MODIFIED_BG_NBD: return words("modified BG/NBD");
    case LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD: return words("Pareto/NBD");
    case LifetimeValueParameters::PURCHASE_MODEL_BG_BB: return words("BG/BB");
    default: return words("BG/NBD");
  }
}

std::string SurvivalInWords(const SurvivalParameters& parameters) {
  switch (parameters.method()) {
    case SurvivalParameters::METHOD_WEIBULL: return "Survival: accelerated failure time, Weibull";
    case SurvivalParameters::METHOD_EXPONENTIAL: return "Survival: accelerated failure time, exponential";
    case SurvivalParameters::METHOD_BETA_GEOMETRIC: return "Survival: retention by shifted beta-geometric";
    default:
      return absl::StrCat("Survival: Cox's proportional hazards, ties by ",
                          parameters.ties() == SurvivalParameters::TIES_BRESLOW ? "Breslow" : "Efron");
  }
}

std::string SelectionInWords(const ValueSelectionParameters& parameters) {
  switch (parameters.decision()) {
    case ValueSelectionParameters::DECISION_RANKING: return "The best of several value models, for a ranking";
    case ValueSelectionParameters::DECISION_TOTAL: return "The best of several value models, for the total";
    default: return "The best of several value models, for a customer's value";
  }
}

std::string KMeansInWords(const KMeansParameters& parameters) {
  std::string words = parameters.distance() == KMeansParameters::DISTANCE_COSINE ? "Spherical K-means" : "K-means";
  if (parameters.batch_rows() > 0) words += " in mini-batches";
  if (parameters.num_clusters() > 0) return absl::StrCat(words, " with ", parameters.num_clusters(), " clusters");
  const bool variance = parameters.choice() == KMeansParameters::CHOICE_CALINSKI_HARABASZ;
  return absl::StrCat(words, ", number of clusters chosen by the ",
                      variance ? "Calinski-Harabasz index" : "silhouette");
}

std::string Days(int days) { return absl::StrCat(days, days == 1 ? " day" : " days"); }

std::string AttributeIs(const Label::AttributeLabel& label) {
  return absl::StrCat(label.attribute(), " is ", ShowValue(label.positive()));
}

}  // namespace

std::string AlgorithmInWords(const TrainingSpec& spec) {
  switch (spec.algorithm_case()) {
    case TrainingSpec::kKmeans: return KMeansInWords(spec.kmeans());
    case TrainingSpec::kLogisticRegression: return LogisticInWords(spec.logistic_regression());
    case TrainingSpec::kValueRegression: return ValueInWords(spec.value_regression());
    case TrainingSpec::kMultinomialRegression: return "Multinomial logistic regression";
    case TrainingSpec::kLifetimeValue: return LifetimeValueInWords(spec.lifetime_value());
    case TrainingSpec::kValueSelection: return SelectionInWords(spec.value_selection());
    case TrainingSpec::kSurvival: return SurvivalInWords(spec.survival());
    case TrainingSpec::kRfm: return "RFM: recency, frequency and monetary value";
    case TrainingSpec::ALGORITHM_NOT_SET: return "";
  }
  return "";
}

std::string LabelInWords(const Label& label) {
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin:
      return absl::StrCat("No purchase within the ", Days(label.no_purchase_within().days()), " after");
    case Label::kPurchaseWithin:
      return absl::StrCat("A purchase within the ", Days(label.purchase_within().days()), " after");
    case Label::kSpendWithin:
      return absl::StrCat("Spend, net of returns, within the ", Days(label.spend_within().days()), " after");
    case Label::kPurchasesWithin:
      return absl::StrCat("Days with a purchase within the ", Days(label.purchases_within().days()), " after");
    case Label::kOutcome:
      return absl::StrCat(label.outcome().value() ? "Value of the outcomes \"" : "An outcome \"",
                          label.outcome().outcome(), "\" within the ", Days(label.outcome().days()), " after");
    case Label::kAttribute: {
      const auto& attribute = label.attribute();
      if (attribute.has_positive()) return absl::StrCat("The attribute ", AttributeIs(attribute));
      if (attribute.classes().empty()) return absl::StrCat("The attribute ", attribute.attribute());
      std::vector<std::string> classes;
      for (const auto& value : attribute.classes()) classes.push_back(ShowValue(value));
      return absl::StrCat("Which ", attribute.attribute(), " it is: ", absl::StrJoin(classes, ", "));
    }
    case Label::KIND_NOT_SET: return "";
  }
  return "";
}

std::string PositivesInWords(const Label& label) {
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin: return "customers who stay away";
    case Label::kPurchaseWithin: return "customers who buy";
    case Label::kOutcome: return absl::StrCat("customers with \"", label.outcome().outcome(), "\"");
    case Label::kAttribute: return absl::StrCat("customers whose ", AttributeIs(label.attribute()));
    default: return "positives";
  }
}

std::string NegativesInWords(const Label& label) {
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin: return "customers who buy";
    case Label::kPurchaseWithin: return "customers who do not buy";
    default: return "all others";
  }
}

std::string SplitInWords(const model::v1::Split& split) {
  if (split.none()) return "None: trained and judged on the same customers";
  if (split.has_feature()) {
    return absl::StrCat("Held out where ", split.feature().feature(), " is ",
                        absl::StrJoin(split.feature().holdout_values(), ", "));
  }
  const double share = split.hash().train_share() > 0 ? split.hash().train_share() : 0.7;
  return absl::StrCat("By a hash of the customer id, ", Share(share), " train");
}

}  // namespace clientele
